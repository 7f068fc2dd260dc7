using System.Net;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// A request body that reaches the wire as it is written. HttpClient gathers small writes, and the request's head with them,
/// until its buffer is full or the body ends; whoever streams would wait for that. A body that is written at once still goes
/// out in one piece with its head.
/// </summary>
internal sealed class FlushedContent : HttpContent
{
    private readonly HttpContent _content;
    private readonly RequestTrace _trace;
    private readonly bool _multiplexed;

    /// <param name="content">The body.</param>
    /// <param name="trace">Of the request.</param>
    /// <param name="multiplexed">Whether it goes over HTTP/2.</param>
    public FlushedContent(HttpContent content, RequestTrace trace, bool multiplexed)
    {
        (_content, _trace, _multiplexed) = (content, trace, multiplexed);
        foreach (var (name, values) in content.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>It is written into memory, and from there to the wire by someone else.</summary>
    public bool IsRecorded { get; set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var flushed = new FlushedStream(stream, _trace, flushesHeadAnyway: _multiplexed && !IsRecorded);
        var copying = _content.CopyToAsync(flushed, context, cancellationToken);
        if (!copying.IsCompleted) await flushed.FlushHeadAsync(cancellationToken);
        await copying;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _content.Headers.ContentLength ?? 0;
        return _content.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }
}
