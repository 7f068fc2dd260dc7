using System.Diagnostics;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>Waits for what is to become true, as long as a loaded machine may take.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Polls until an assertion holds; its own failure is reported where it never does.</summary>
    public static async Task HoldsAsync(Func<Task> assertion)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception) when (watch.Elapsed < Limit)
            {
                await Task.Delay(Interval, TestContext.Current.CancellationToken);
            }
        }
    }

    public static Task HoldsAsync(Action assertion) => HoldsAsync(() =>
    {
        assertion();
        return Task.CompletedTask;
    });
}
