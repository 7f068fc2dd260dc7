using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Mesh.Proxy.Forwarding;

namespace Mesh.Proxy.Telemetry;

/// <summary>Counts the requests of one direction to one destination.</summary>
internal sealed class RequestMetrics : IRequestMetrics
{
    private const int MostPeers = 100;
    private const string OtherPeers = "other";

    private readonly ProxyMetrics _metrics;
    private readonly Direction _direction;
    private readonly string _destination;
    private readonly (string Name, KeyValuePair<string, object?>[] Labels) _http1, _http2, _grpc;
    private readonly LabelledCounts<RequestOutcome> _requests;
    private readonly LabelledCounts<string> _attempts;
    private readonly LabelledCounts<string> _retries;
    private readonly ConcurrentDictionary<string, string> _peers = new(StringComparer.Ordinal);

    public RequestMetrics(ProxyMetrics metrics, Direction direction, string destination)
    {
        (_metrics, _direction, _destination) = (metrics, direction, destination);
        (_http1, _http2, _grpc) = (Protocol("http/1.1"), Protocol("h2"), Protocol("grpc"));
        _requests = new(Labels);
        _attempts = new(outcome => [new("destination", destination), new("outcome", outcome)]);
        _retries = new(reason => [new("destination", destination), new("reason", reason)]);
    }

    public IEnumerable<Measurement<long>> Requests => _requests.Measurements;

    public IEnumerable<Measurement<long>> Attempts => _attempts.Measurements;

    public IEnumerable<Measurement<long>> Retries => _retries.Measurements;

    private string DirectionLabel => _direction is Direction.Inbound ? "inbound" : "outbound";

    /// <inheritdoc/>
    public void Record(HttpContext context, Exchange? exchange, Failure? failure, TimeSpan elapsed)
    {
        var isGrpc = GrpcCall.Is(context.Request);
        var protocol = isGrpc ? _grpc : HttpProtocol.IsHttp2(context.Request.Protocol) ? _http2 : _http1;
        var error = failure?.Code is { } code ? ErrorDescription.Of(code).Code : "";
        var status = failure is { Code: null } ? "canceled" : Status(context, exchange, isGrpc);
        _requests.Count(new(protocol.Name, status, error, Bounded(PeerOf(exchange))));
        _metrics.Duration.Record(elapsed.TotalSeconds, protocol.Labels);
        if (_direction is Direction.Outbound && exchange is not null) RecordAttempts(exchange);
    }

    /// <summary>Who proved to be at the other end; empty where nobody did.</summary>
    private string PeerOf(Exchange? exchange)
    {
        if (exchange is null) return "";
        if (_direction is Direction.Inbound) return exchange.Trace.Caller.Peer?.Workload ?? "";
        return exchange.Trace.Attempts is [.., var last] ? last.Endpoint.Workload : "";
    }

    // Callers come from all over the mesh, and each costs every label set anew.
    private string Bounded(string peer) =>
        peer.Length is 0 || _peers.ContainsKey(peer) || _peers.Count < MostPeers && _peers.TryAdd(peer, peer) ? peer : OtherPeers;

    private static string Status(HttpContext context, Exchange? exchange, bool isGrpc)
    {
        var grpc = isGrpc ? exchange?.GrpcStatus ?? (string?)context.Response.Headers.GrpcStatus : null;
        return grpc is null ? context.Response.StatusCode.ToString(CultureInfo.InvariantCulture) : GrpcCall.StatusName(grpc);
    }

    private void RecordAttempts(Exchange exchange)
    {
        var trace = exchange.Trace;
        for (var i = 0; i < trace.Attempts.Count; i++) _attempts.Count(trace.Attempts[i].Outcome);
        for (var i = 0; i < trace.Retries.Count; i++) _retries.Count(trace.Retries[i]);
        if (trace.Hedged) _metrics.Hedges.Add(1, new("destination", _destination), new("won", trace.HedgeWon ? "true" : "false"));
        if (trace.FaultDelayed) _metrics.Faults.Add(1, new("destination", _destination), new("kind", "delay"));
        if (trace.FaultAborted) _metrics.Faults.Add(1, new("destination", _destination), new("kind", "abort"));
        if (trace.BudgetExhausted) _metrics.RetriesRefused.Add(1, new KeyValuePair<string, object?>("destination", _destination));
    }

    private KeyValuePair<string, object?>[] Labels(RequestOutcome of) =>
    [
        new("direction", DirectionLabel), new("destination", _destination), new("protocol", of.Protocol), new("status", of.Status), new("error", of.Error),
        new("tls", of.Peer.Length > 0 ? "mutual" : "none"), new("peer", of.Peer),
    ];

    private (string Name, KeyValuePair<string, object?>[] Labels) Protocol(string name) =>
        (name, [new("direction", DirectionLabel), new("destination", _destination), new("protocol", name)]);
}
