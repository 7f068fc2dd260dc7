namespace Mesh.Bench.Peers;

/// <summary>What is spoken with a peer, and by it with the backend.</summary>
internal enum Wire
{
    Http11,

    /// <summary>With prior knowledge.</summary>
    Http2,

    /// <summary>The same; its answers end in trailers.</summary>
    Grpc,

    Tcp,

    /// <summary>TCP of which nobody said what it carries.</summary>
    Unknown,
}
