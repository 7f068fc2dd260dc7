namespace Mesh.Bench.Load;

/// <summary>What connections are that come and go.</summary>
internal enum ChurnKind
{
    /// <summary>A byte there and back.</summary>
    Tcp,

    /// <summary>A request and its answer.</summary>
    Http11,

    /// <summary>The same over HTTP/2.</summary>
    Http2,

    /// <summary>Never a byte, to a port that may speak anything: waited for, relayed, closed.</summary>
    Silent,
}
