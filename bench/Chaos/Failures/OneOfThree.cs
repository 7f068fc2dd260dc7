using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Failures;

/// <summary>One replica of three is broken; Kubernetes hasn't noticed, as its probes take half a minute.</summary>
internal sealed class OneOfThree(string name, Func<Play, Replica, CancellationToken, Task> breakAsync) : IFailure
{
    public OneOfThree(string name, Func<Switches, Switches> broken)
        : this(name, (play, replica, stop) => play.SwitchAsync(replica, broken, stop))
    {
    }

    public string Name => $"one of three {name}";

    public string Service => "web";

    public IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica) => [replica(Service, 1), replica(Service, 2), replica(Service, 3)];

    public Switches SwitchesOf(Replica replica, ISide side) => new() { WorkMs = 20 };

    public async Task PlayAsync(Play play, CancellationToken stop)
    {
        await breakAsync(play, play.Cast[1], stop);
        await play.PauseAsync(play.Length, stop);
    }
}
