using System.Net;

namespace Mesh.Proxy.Resilience;

/// <summary>A body that can be sent once, and says whether that has begun.</summary>
internal sealed class StreamedContent : HttpContent
{
    private readonly HttpContent _source;
    private int _started;

    public StreamedContent(HttpContent source)
    {
        _source = source;
        foreach (var (name, values) in source.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
    }

    public bool Started => Volatile.Read(ref _started) != 0;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        Interlocked.Exchange(ref _started, 1) == 0
            ? _source.CopyToAsync(stream, context, cancellationToken)
            : throw new InvalidOperationException("the request's body has been sent once and was not kept");

    // Where the length is known, the copied header says it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _source.Dispose();
        base.Dispose(disposing);
    }
}
