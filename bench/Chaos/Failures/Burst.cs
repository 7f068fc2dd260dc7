using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Failures;

/// <summary>Ten times as many users as usual for half of the time, three times as many as three replicas can serve.</summary>
internal sealed class Burst : IFailure
{
    private const double Usual = 50;

    // As for an overload.
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(8);

    public string Name => "a burst of 10x";

    public string Service => "web";

    public double PerSecond => Usual;

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) => [replica(Service, 1), replica(Service, 2), replica(Service, 3)];

    // 180 requests a second together.
    public Switches SwitchesOf(Replica replica, ISide side) => new() { Places = 3, WorkMs = 50 };

    public async Task PlayAsync(Play play, CancellationToken stop)
    {
        var length = TimeSpan.FromTicks(Math.Max(play.Length.Ticks, Shortest.Ticks));
        play.ComeAtRate(10 * Usual);
        await play.PauseAsync(length / 2, stop);
        play.ComeAtRate(Usual);
        await play.PauseAsync(length / 2, stop);
    }
}
