using Mesh.Proxy.Listening;

namespace Mesh.Proxy.Forwarding;

/// <summary>Looks at the first bytes of a relayed connection as they pass: who speaks first, what it speaks, whom TLS asks for.</summary>
/// <param name="metrics">Counts.</param>
/// <param name="order">Who spoke first before.</param>
/// <param name="wasWaitedFor">The client's first bytes were waited for, in vain.</param>
internal sealed class TcpObserver(ITcpMetrics metrics, SpeakingOrder order, bool wasWaitedFor)
{
    // A ClientHello comes in one piece or two; who sends it byte by byte isn't worth the copying.
    private const int MostPieces = 16;

    // What has come of a ClientHello that isn't complete.
    private byte[]? _hello;
    private int _pieces;
    private bool _hasBegun;

    /// <summary><c>tcp</c>, <c>tls</c> or <c>http</c>.</summary>
    public string Protocol { get; private set; } = "tcp";

    /// <returns>Whether it has seen enough.</returns>
    public bool Saw(ReadOnlySpan<byte> bytes, bool isFromClient)
    {
        if (!_hasBegun) order.Began(byServer: !isFromClient, wasWaitedFor);
        _hasBegun = true;
        if (!isFromClient) return false;
        if (_hello is not null) return ReadHello([.. _hello, .. bytes]);
        switch (ProtocolDetection.DetectAtLast(bytes))
        {
            case DetectedProtocol.Tls:
                Protocol = "tls";
                return ReadHello(bytes);
            case DetectedProtocol.Http1 or DetectedProtocol.Http2:
                Protocol = "http";
                return true;
            default:
                return true;
        }
    }

    private bool ReadHello(ReadOnlySpan<byte> bytes)
    {
        if (ClientHello.TryRead(bytes, out var hello) is ClientHello.Outcome.Incomplete && ++_pieces < MostPieces)
        {
            _hello = bytes.ToArray();
            return false;
        }
        _hello = null;
        if (hello.ServerName is { } name) metrics.SawServerName(name);
        return true;
    }
}
