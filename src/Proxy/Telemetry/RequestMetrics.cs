using System.Collections.Concurrent;
using System.Globalization;
using Mesh.Proxy.Forwarding;

namespace Mesh.Proxy.Telemetry;

/// <summary>Counts the requests of one direction to one destination. The label sets are made once and used again.</summary>
internal sealed class RequestMetrics(ProxyMetrics metrics, Direction direction, string destination) : IRequestMetrics
{
    private const int MostPeers = 100;
    private const string OtherPeers = "other";

    private readonly string _direction = direction is Direction.Inbound ? "inbound" : "outbound";
    private readonly ConcurrentDictionary<(string Protocol, string Status, string Error, string Peer), KeyValuePair<string, object?>[]> _requests = new();
    private readonly ConcurrentDictionary<string, string> _peers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, KeyValuePair<string, object?>[]> _durations = new();
    private readonly ConcurrentDictionary<string, KeyValuePair<string, object?>[]> _attempts = new();
    private readonly ConcurrentDictionary<string, KeyValuePair<string, object?>[]> _retries = new();

    /// <inheritdoc/>
    public void Record(HttpContext context, Exchange? exchange, Failure? failure, TimeSpan elapsed)
    {
        var isGrpc = GrpcCall.Is(context.Request);
        var protocol = isGrpc ? "grpc" : HttpProtocol.IsHttp2(context.Request.Protocol) ? "h2" : "http/1.1";
        var error = failure?.Code is { } code ? ErrorDescription.Of(code).Code : "";
        var status = failure is { Code: null } ? "canceled" : Status(context, exchange, isGrpc);
        metrics.Requests.Add(1, _requests.GetOrAdd((protocol, status, error, Bounded(PeerOf(exchange))), static (key, self) => self.RequestLabels(key), this));
        metrics.Duration.Record(elapsed.TotalSeconds, _durations.GetOrAdd(protocol, static (key, self) => self.DurationLabels(key), this));
        if (direction is Direction.Outbound && exchange is not null) RecordAttempts(exchange);
    }

    /// <summary>Who proved to be at the other end; empty where nobody did.</summary>
    private string PeerOf(Exchange? exchange)
    {
        if (exchange is null) return "";
        if (direction is Direction.Inbound) return exchange.Trace.Caller.Peer?.Workload ?? "";
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
        for (var i = 0; i < trace.Attempts.Count; i++)
            metrics.Attempts.Add(1, _attempts.GetOrAdd(trace.Attempts[i].Outcome, static (key, self) => self.AttemptLabels(key), this));
        for (var i = 0; i < trace.Retries.Count; i++)
            metrics.Retries.Add(1, _retries.GetOrAdd(trace.Retries[i], static (key, self) => self.RetryLabels(key), this));
        if (trace.Hedged) metrics.Hedges.Add(1, new("destination", destination), new("won", trace.HedgeWon ? "true" : "false"));
        if (trace.FaultDelayed) metrics.Faults.Add(1, new("destination", destination), new("kind", "delay"));
        if (trace.FaultAborted) metrics.Faults.Add(1, new("destination", destination), new("kind", "abort"));
        if (trace.BudgetExhausted) metrics.RetriesRefused.Add(1, new KeyValuePair<string, object?>("destination", destination));
    }

    private KeyValuePair<string, object?>[] RequestLabels((string Protocol, string Status, string Error, string Peer) key) =>
    [
        new("direction", _direction), new("destination", destination), new("protocol", key.Protocol), new("status", key.Status), new("error", key.Error),
        new("tls", key.Peer.Length > 0 ? "mutual" : "none"), new("peer", key.Peer),
    ];

    private KeyValuePair<string, object?>[] DurationLabels(string protocol) =>
        [new("direction", _direction), new("destination", destination), new("protocol", protocol)];

    private KeyValuePair<string, object?>[] AttemptLabels(string outcome) => [new("destination", destination), new("outcome", outcome)];

    private KeyValuePair<string, object?>[] RetryLabels(string reason) => [new("destination", destination), new("reason", reason)];
}
