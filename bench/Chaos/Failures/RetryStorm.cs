using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;
using Mesh.Rig.Traffic;

namespace Mesh.Chaos.Failures;

/// <summary>
/// Three services deep, the bottom one fully down, and everyone tries again: without the mesh the user and both services on the
/// way try three times each, 27 in all; with it their sidecars do.
/// </summary>
internal sealed class RetryStorm : IFailure
{
    public string Name => "a retry storm, three deep";

    public string Service => "bottom";

    public double PerSecond => 30;

    public int PlainTries => 3;

    public double? MostAttempts => 1.5;

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) => [replica("top", 1), replica("middle", 2), replica("bottom", 3)];

    public Switches SwitchesOf(Replica replica, ISide side) => replica.Service switch
    {
        "top" => new() { Dependency = side.DependencyOf(replica, "middle", PlainTries, User.Patience, optional: false) },
        "middle" => new() { Dependency = side.DependencyOf(replica, "bottom", PlainTries, User.Patience, optional: false) },
        _ => new(),
    };

    public async Task PlayAsync(Play play, CancellationToken stop)
    {
        await play.SwitchAsync(play.Of(Service), now => now with { FailShare = 1, FailStatus = 503 }, stop);
        await play.PauseAsync(play.Length, stop);
    }
}
