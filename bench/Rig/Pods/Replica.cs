using System.Net;

namespace Mesh.Rig.Pods;

/// <summary>One of a service's replicas, and the address that is its alone.</summary>
internal sealed record Replica(string Service, int Number, IPAddress Address)
{
    /// <summary>The pod's name.</summary>
    public string Name => $"{Service}-{Number}";

    /// <summary>Where it runs; empty: nowhere in particular.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Told to end, and serving until it has.</summary>
    public bool Terminating { get; init; }
}
