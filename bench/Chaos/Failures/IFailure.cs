using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Failures;

/// <summary>Something that goes wrong: a row of the table.</summary>
internal interface IFailure
{
    string Name { get; }

    /// <summary>The service that fails, whose load is watched.</summary>
    string Service { get; }

    /// <summary>Users' requests a second.</summary>
    double PerSecond => 100;

    /// <summary>How often plain clients try.</summary>
    int PlainTries => 1;

    /// <summary>The most attempts for a user's request, where less is asked of the mesh than its budget.</summary>
    double? MostAttempts => null;

    /// <summary>Who plays; users ask the first one's service.</summary>
    /// <param name="replica">The replica of a service that an application, 1 to 9, plays.</param>
    IReadOnlyList<Replica> Cast(Func<string, int, Replica> replica);

    /// <summary>What a replica is like while all is well.</summary>
    Switches SwitchesOf(Replica replica, ISide side) => new();

    /// <summary>Breaks things, and lets the time pass that the failure takes.</summary>
    Task PlayAsync(Play play, CancellationToken stop);
}
