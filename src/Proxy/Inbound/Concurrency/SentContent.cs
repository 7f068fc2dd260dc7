using System.Net;

namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>A request body that tells when it has been sent whole.</summary>
internal sealed class SentContent : HttpContent
{
    private readonly HttpContent _content;
    private readonly Action _sent;

    public SentContent(HttpContent content, Action sent)
    {
        (_content, _sent) = (content, sent);
        foreach (var (name, values) in content.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await _content.CopyToAsync(stream, context, cancellationToken);
        _sent();
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
