using Mesh.Rig.Pods;

namespace Mesh.Chaos.Failures;

/// <summary>
/// Three replicas are replaced one by one, as a Deployment does it: the new one is ready and named, the old one is marked as
/// terminating and asked to end at the same time, and is named no more once it has ended.
/// </summary>
internal sealed class RollingRestart : IFailure
{
    public string Name => "a rolling restart";

    public string Service => "web";

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) => [replica(Service, 1), replica(Service, 2), replica(Service, 3)];

    public async Task PlayAsync(Play play, CancellationToken stop)
    {
        var began = play.Now;
        var running = play.Cast.ToList();
        foreach (var old in play.Cast)
        {
            var successor = play.Another(Service, old.Number + play.Cast.Count);
            await play.StartAsync(successor, stop);
            running.Add(successor);
            await play.Side.PublishAsync([.. running.Select(replica => replica == old ? replica with { Terminating = true } : replica)], stop);
            await play.EndAsync(old);
            running.Remove(old);
            await play.Side.PublishAsync(running, stop);
            await play.PauseAsync(play.Length / 4, stop);
        }
        await play.PauseAsync(play.Length - play.Since(began), stop);
    }
}
