using System.Globalization;
using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;
using Mesh.Rig.Traffic;

namespace Mesh.Chaos.Failures;

/// <summary>
/// A service that its caller could do without takes requests and answers none, and heals later. The caller waits 1.5 seconds for
/// it, and then answers without. In the mesh, the breaker for the service as a whole must be seen to open, and to close again.
/// </summary>
internal sealed class DeadDependency : IFailure
{
    private const double Open = 2; // of mesh_breaker_state
    private const double Closed = 0;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public string Name => "a dead dependency";

    public string Service => "dependency";

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) => [replica("front", 1), replica(Service, 2), replica(Service, 3)];

    public Switches SwitchesOf(Replica replica, ISide side) => replica.Service == Service
        ? new()
        : new() { Dependency = side.DependencyOf(replica, Service, tries: 1, Patience, optional: true) };

    public async Task PlayAsync(Play play, CancellationToken stop)
    {
        await play.SwitchAsync(play.Of(Service), now => now with { Hang = true }, stop);
        await WatchAsync(play, play.Length * 0.6, Open, "the breaker opened", "died", stop);
        await play.SwitchAsync(play.Of(Service), now => now with { Hang = false }, stop);
        await WatchAsync(play, play.Length * 0.4, Closed, "it closed", "healed", stop);
    }

    private async Task WatchAsync(Play play, TimeSpan length, double state, string seen, string after, CancellationToken stop)
    {
        var (began, isSeen) = (play.Now, false);
        while (play.Since(began) < length)
        {
            if (!isSeen && await IsAsync(state, play, stop))
            {
                isSeen = true;
                play.Note(string.Create(CultureInfo.InvariantCulture, $"{seen} {play.Since(began).TotalSeconds:0.0} s after the dependency {after}"));
            }
            await play.PauseAsync(Interval, stop);
        }
        if (!isSeen) play.Miss(string.Create(CultureInfo.InvariantCulture, $"expected that {seen} within {length.TotalSeconds:0.0} s after the dependency {after}"));
    }

    private async Task<bool> IsAsync(double state, Play play, CancellationToken stop) =>
        MetricsText.Sum(await play.Side.MetricsAsync(stop), "mesh_breaker_state", $"/{Service}:80\"") == state;
}
