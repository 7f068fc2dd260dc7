using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Failures;

/// <summary>
/// A service that its caller could do without takes requests and answers none, and heals later. The caller waits a second for it,
/// and then answers without.
/// </summary>
internal sealed class DeadDependency : IFailure
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public string Name => "a dead dependency";

    public string Service => "dependency";

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) => [replica("front", 1), replica(Service, 2), replica(Service, 3)];

    public Switches SwitchesOf(Replica replica, ISide side) => replica.Service == Service
        ? new()
        : new() { Dependency = side.DependencyOf(replica, Service, tries: 1, Patience, optional: true) };

    public async Task PlayAsync(Play play, CancellationToken stop)
    {
        await play.SwitchAsync(play.Of(Service), now => now with { Hang = true }, stop);
        await play.PauseAsync(play.Length * 0.6, stop);
        await play.SwitchAsync(play.Of(Service), now => now with { Hang = false }, stop);
        await play.PauseAsync(play.Length * 0.4, stop);
    }
}
