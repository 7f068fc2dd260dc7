namespace Mesh.Bench.Load;

/// <summary>What is done over TCP.</summary>
internal enum TcpKind
{
    /// <summary>A hundred bytes there and back.</summary>
    RoundTrips,

    /// <summary>As many bytes as pass.</summary>
    Bulk,

    /// <summary>A connection opened, used for a byte there and back, and closed.</summary>
    Connections,
}
