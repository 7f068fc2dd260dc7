using System.Diagnostics.Metrics;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Telemetry;

/// <summary>Counts the relayed connections of one direction to one destination.</summary>
internal sealed class TcpMetrics(ConnectionMetrics metrics, Direction direction, string destination) : ITcpMetrics
{
    private readonly KeyValuePair<string, object?>[] _labels =
        [new("direction", direction is Direction.Inbound ? "inbound" : "outbound"), new("destination", destination)];

    private long _open;
    private long _sent;
    private long _received;

    public Measurement<long> Open => new(Interlocked.Read(ref _open), _labels);

    public Measurement<long> SentBytes => new(Interlocked.Read(ref _sent), _labels);

    public Measurement<long> ReceivedBytes => new(Interlocked.Read(ref _received), _labels);

    public static string Label(ConnectionRefusal refusal) => refusal switch
    {
        ConnectionRefusal.TooMany => "too-many",
        ConnectionRefusal.Loop => "loop",
        ConnectionRefusal.NotRedirected => "not-redirected",
        ConnectionRefusal.NotOfThisHost => "not-of-this-host",
        ConnectionRefusal.NotReady => "not-ready",
        ConnectionRefusal.Plaintext => "plaintext",
        ConnectionRefusal.ForeignTls => "foreign-tls",
        ConnectionRefusal.Silent => "silent",
        ConnectionRefusal.PeerIdentity => "peer-identity",
        ConnectionRefusal.Handshake => "handshake",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };

    public void Opened() => Interlocked.Increment(ref _open);

    public void Closed(string protocol, RelayEnd? end, MeshErrorCode? error)
    {
        Interlocked.Decrement(ref _open);
        metrics.Connections.Add(1,
            [.. _labels, new("protocol", protocol), new("end", Label(end)), new("error", error is { } code ? ErrorDescription.Of(code).Code : "")]);
    }

    public void Sent(int bytes) => Interlocked.Add(ref _sent, bytes);

    public void Received(int bytes) => Interlocked.Add(ref _received, bytes);

    public void TimedOutDetecting() => metrics.DetectionTimeouts.Add(1, _labels);

    public void SawServerName(string serverName) =>
        metrics.ServerNames.Add(1, [.. _labels, new("server_name", metrics.Bounded(serverName))]);

    private static string Label(RelayEnd? end) => end switch
    {
        null => "not-connected",
        RelayEnd.Closed => "closed",
        RelayEnd.ClientReset => "client-reset",
        RelayEnd.UpstreamReset => "upstream-reset",
        RelayEnd.Idle => "idle",
        RelayEnd.Stopped => "stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, null),
    };
}
