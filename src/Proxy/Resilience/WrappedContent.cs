using System.Net;

namespace Mesh.Proxy.Resilience;

/// <summary>An answer's body that is read through another stream.</summary>
internal class WrappedContent : HttpContent
{
    private readonly HttpContent _content;
    private readonly Stream _stream;

    public WrappedContent(HttpContent content, Stream stream)
    {
        (_content, _stream) = (content, stream);
        foreach (var (name, values) in content.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(_stream);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _stream.CopyToAsync(stream);

    // Where the length is known, the copied header says it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream.Dispose();
            _content.Dispose();
        }
        base.Dispose(disposing);
    }
}
