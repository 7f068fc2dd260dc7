using System.Net;

namespace Mesh.Proxy.Resilience;

/// <summary>An answer's body whose beginning has been looked at.</summary>
internal sealed class PeekedContent : HttpContent
{
    private readonly HttpContent _content;
    private readonly PeekedStream _stream;

    public PeekedContent(HttpContent content, PeekedStream stream)
    {
        (_content, _stream) = (content, stream);
        foreach (var (name, values) in content.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>It has ended, before its first byte: the trailers are here.</summary>
    public bool IsEmpty => _stream.IsEmpty;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_stream);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _stream.CopyToAsync(stream);

    // Where the length is known, the copied header says it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }
}
