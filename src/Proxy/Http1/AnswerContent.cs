using System.Net;

namespace Mesh.Proxy.Http1;

/// <summary>An answer's body, read from its connection as it comes.</summary>
internal sealed class AnswerContent : HttpContent
{
    private static readonly Task<Stream> Nothing = Task.FromResult(Stream.Null);

    private Task<Stream> _reading = Nothing;
    private AnswerStream? _body;

    /// <summary>Where it is read from; without this there is none.</summary>
    public AnswerStream? Body
    {
        set => (_body, _reading) = (value, value is null ? Nothing : Task.FromResult<Stream>(value));
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => _reading;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _body?.CopyToAsync(stream, cancellationToken) ?? Task.CompletedTask;

    // Where the length is known, the field says it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return _body is null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _body?.Dispose();
        base.Dispose(disposing);
    }
}
