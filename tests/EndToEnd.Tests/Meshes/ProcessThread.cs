using System.Collections.Concurrent;

namespace Mesh.EndToEnd.Tests.Meshes;

/// <summary>
/// Starts the programs that are to end with the tests. The kernel takes the thread that forked for their parent (prctl(2), PR_SET_PDEATHSIG),
/// and a thread of the pool that has nothing to do ends: they would be killed in the middle of a test.
/// </summary>
internal static class ProcessThread
{
    private static readonly BlockingCollection<Action> Work = [];

    static ProcessThread() => new Thread(Live) { IsBackground = true, Name = nameof(ProcessThread) }.Start();

    public static T Do<T>(Func<T> start)
    {
        var done = new TaskCompletionSource<T>();
        Work.Add(() =>
        {
            try
            {
                done.SetResult(start());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private static void Live()
    {
        foreach (var start in Work.GetConsumingEnumerable()) start();
    }
}
