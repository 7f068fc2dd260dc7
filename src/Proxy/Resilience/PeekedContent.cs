namespace Mesh.Proxy.Resilience;

/// <summary>An answer's body whose beginning has been looked at.</summary>
internal sealed class PeekedContent(HttpContent content, PeekedStream stream) : WrappedContent(content, stream)
{
    private readonly PeekedStream _stream = stream;

    /// <summary>It has ended, before its first byte: the trailers are here.</summary>
    public bool IsEmpty => _stream.IsEmpty;
}
