using Mesh.Scale.Cluster;

namespace Mesh.Scale.Proxies;

/// <summary>What a proxy calls, and what it knows of it.</summary>
/// <param name="authority">As traffic names it.</param>
/// <param name="service">Null: the proxy's own side.</param>
internal sealed class SimulatedSubscription(byte[] authority, SimulatedService? service)
{
    public byte[] Authority { get; } = authority;

    public SimulatedService? Service { get; } = service;

    /// <summary>The destination's name; empty until it was resolved.</summary>
    public byte[] Destination { get; set; } = [];

    public ulong Version { get; set; }

    /// <summary>The highest of its endpoints' addresses that the proxy has ever seen.</summary>
    public uint Newest { get; set; }

    /// <summary>Whether this stream has said what the authority stands for.</summary>
    public bool IsResolved { get; set; }

    public bool IsServed => IsResolved && Version != 0;
}
