using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Failures;

/// <summary>Twice as many users as three replicas can serve, all the time.</summary>
internal sealed class Overload : IFailure
{
    private const int Places = 3;
    private const int WorkMs = 50;
    private const double Capacity = 3 * Places * 1000.0 / WorkMs; // requests a second

    // Queues first have to fill: users wait for two seconds before they give up.
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(8);

    public string Name => "all replicas overloaded";

    public string Service => "web";

    public double PerSecond => Capacity / 2;

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) => [replica(Service, 1), replica(Service, 2), replica(Service, 3)];

    public Switches SwitchesOf(Replica replica, ISide side) => new() { Places = Places, WorkMs = WorkMs };

    public Task PlayAsync(Play play, CancellationToken stop)
    {
        play.ComeAtRate(2 * Capacity);
        return play.PauseAsync(TimeSpan.FromTicks(Math.Max(play.Length.Ticks, Shortest.Ticks)), stop);
    }
}
