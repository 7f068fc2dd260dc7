using System.Net;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>A body of unknown length, written in the pieces given.</summary>
internal sealed class PiecewiseContent(IEnumerable<byte[]> writes) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        foreach (var write in writes)
        {
            await stream.WriteAsync(write);
            await stream.FlushAsync();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
