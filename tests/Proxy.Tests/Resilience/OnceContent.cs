using System.Net;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>A body that can be read once, as the forwarder's are.</summary>
internal sealed class OnceContent : HttpContent
{
    private readonly byte[] _body;
    private bool _read;

    public OnceContent(byte[] body, bool lengthKnown = true)
    {
        _body = body;
        if (lengthKnown) Headers.ContentLength = body.Length;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        if (_read) throw new InvalidOperationException("read twice");
        _read = true;
        return stream.WriteAsync(_body).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
