using System.Net;

namespace Mesh.Proxy.Http1;

/// <summary>An answer's body, read from its connection as it comes.</summary>
internal sealed class AnswerContent : HttpContent
{
    /// <summary>Where it is read from; without this there is none.</summary>
    public AnswerStream? Body { get; set; }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(Body ?? Stream.Null);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        Body?.CopyToAsync(stream, cancellationToken) ?? Task.CompletedTask;

    // Where the length is known, the field says it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return Body is null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Body?.Dispose();
        base.Dispose(disposing);
    }
}
