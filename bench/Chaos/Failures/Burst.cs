using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Failures;

/// <summary>Ten times as many users as usual for a third of the time, more than three replicas can serve.</summary>
internal sealed class Burst : IFailure
{
    private const double Usual = 40;

    public string Name => "a burst of 10x";

    public string Service => "web";

    public double PerSecond => Usual;

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) => [replica(Service, 1), replica(Service, 2), replica(Service, 3)];

    // 120 requests a second together.
    public Switches SwitchesOf(Replica replica, ISide side) => new() { Places = 4, WorkMs = 100 };

    public async Task PlayAsync(Play play, CancellationToken stop)
    {
        play.ComeAtRate(10 * Usual);
        await play.PauseAsync(play.Length / 3, stop);
        play.ComeAtRate(Usual);
        await play.PauseAsync(play.Length * 2 / 3, stop);
    }
}
