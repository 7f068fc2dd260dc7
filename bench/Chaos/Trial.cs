using Mesh.Chaos.Failures;
using Mesh.Chaos.Fleet;
using Mesh.Chaos.Sides;
using Mesh.Rig;
using Mesh.Rig.Traffic;

namespace Mesh.Chaos;

/// <summary>One failure on one side: all is well until the users are served, then it breaks, and counting begins.</summary>
internal sealed class Trial(Machines machines, IFailure failure, ISide side, TimeSpan length, TimeProvider time)
{
    /// <exception cref="RigFailedException">A program ended that must not, or things were broken before they were broken.</exception>
    public async Task<Outcome> RunAsync(CancellationToken stop)
    {
        var cast = failure.Cast(machines.ReplicaOf);
        await Task.WhenAll(cast.Select(replica => machines[replica].StartAsync(stop)));
        await side.StartAsync(cast, stop);
        await Task.WhenAll(cast.Select(replica => machines[replica].SwitchAsync(_ => failure.SwitchesOf(replica, side), stop)));

        var crowd = new Crowd(new(side.Client, time), () => side.Next(cast[0].Service), side.TriesOf(failure.PlainTries), time);
        var users = new OpenLoop(failure.PerSecond, crowd.AskAsync, time);
        var play = new Play(machines, side, users, cast, length, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var asking = users.RunAsync(over.Token);
        var (sent, began, lasted) = (0L, 0L, TimeSpan.Zero);
        try
        {
            await crowd.WarmAsync(stop);
            sent = await SentAsync(stop);
            play.CountArrivals();
            crowd.Begin();
            began = time.GetTimestamp();
            await failure.PlayAsync(play, stop);
            lasted = time.GetElapsedTime(began);
        }
        finally
        {
            await over.CancelAsync();
            await asking;
        }
        return new(crowd.Seen, lasted, Math.Max(play.Arrived(failure.Service), await SentAsync(stop) - sent), play.Notes, play.Missed);
    }

    private async Task<long> SentAsync(CancellationToken stop) =>
        (long)MetricsText.Sum(await side.MetricsAsync(stop), "mesh_attempts_total", $"destination=\"{machines.Programs.Namespace}/{failure.Service}:80\"");
}
