using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Failures;

/// <summary>Two of the four replicas in the client's zone are gone at once; what is left there can't carry the load alone.</summary>
internal sealed class HalfAZone : IFailure
{
    public string Name => "half of a zone gone";

    public string Service => "web";

    public double PerSecond => 200;

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) =>
        [.. Enumerable.Range(1, 6).Select(number => replica(Service, number) with { Zone = number <= 4 ? "zone-a" : "zone-b" })];

    // 80 requests a second each.
    public Switches SwitchesOf(Replica replica, ISide side) => new() { Places = 4, WorkMs = 50 };

    public async Task PlayAsync(Play play, CancellationToken stop)
    {
        await Task.WhenAll(play.KillAsync(play.Cast[0]), play.KillAsync(play.Cast[1]));
        await play.PauseAsync(play.Length, stop);
    }
}
