using Mesh.Proxy.Listening;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>One side of a relay of which at least one is encrypted.</summary>
internal sealed class RelaySide(TcpSocket socket, SecuredSide? secured) : IDisposable
{
    private readonly LoopTransport _transport = (LoopTransport?)secured?.Transport ?? socket;

    public TcpSocket Socket { get; } = socket;

    public Stream Stream { get; } = secured?.Decrypted ?? new LoopStream(socket);

    /// <summary>Tells the peer that no more will come; it may still send.</summary>
    public ValueTask FinishAsync() => _transport.FinishAsync();

    /// <summary>On the loop's thread.</summary>
    public void Dispose() => _transport.Dispose();
}
