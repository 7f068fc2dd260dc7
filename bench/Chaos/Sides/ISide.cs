using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Sides;

/// <summary>How requests find replicas: without the mesh or with it.</summary>
internal interface ISide : IAsyncDisposable
{
    string Name { get; }

    /// <summary>The users' own, with its pool of connections.</summary>
    HttpClient Client { get; }

    /// <summary>Has these replicas ready, and nothing more known than them.</summary>
    Task StartAsync(IReadOnlyList<Replica> replicas, CancellationToken stop);

    /// <summary>Where a user's next request goes.</summary>
    Uri Next(string service);

    /// <summary>How a replica calls another service.</summary>
    /// <param name="caller">The replica.</param>
    /// <param name="service">The other service.</param>
    /// <param name="tries">How often a plain client tries; in the mesh that is the policy's business, and clients try once.</param>
    /// <param name="patience">How long each call may take.</param>
    /// <param name="optional">Whether the replica has an answer without it.</param>
    Dependency DependencyOf(Replica caller, string service, int tries, TimeSpan patience, bool optional);

    /// <summary>How often a user's client tries where plain clients try so often.</summary>
    int TriesOf(int plain);

    /// <summary>A replica's application has started: so does what is beside it.</summary>
    Task StartedAsync(Replica replica, CancellationToken stop);

    /// <summary>A replica's application has ended in good order: so does what is beside it.</summary>
    Task EndedAsync(Replica replica);

    /// <summary>A replica's machine is gone, and what is beside the application with it.</summary>
    Task KilledAsync(Replica replica);

    /// <summary>Kubernetes says that these are the replicas now.</summary>
    Task PublishAsync(IReadOnlyList<Replica> replicas, CancellationToken stop);

    /// <summary>Metrics of whoever sends requests to services, as text; empty where nobody counts.</summary>
    Task<string> MetricsAsync(CancellationToken stop);
}
