using System.Collections.Concurrent;
using System.Globalization;
using Mesh.Proxy.Forwarding;

namespace Mesh.Proxy.Telemetry;

/// <summary>Counts the requests of one direction to one destination. The label sets are made once and used again.</summary>
internal sealed class RequestMetrics(ProxyMetrics metrics, Direction direction, string destination) : IRequestMetrics
{
    private readonly string _direction = direction is Direction.Inbound ? "inbound" : "outbound";
    private readonly ConcurrentDictionary<(string Protocol, string Status, string Error), KeyValuePair<string, object?>[]> _requests = new();
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
        metrics.Requests.Add(1, _requests.GetOrAdd((protocol, status, error), static (key, self) => self.RequestLabels(key), this));
        metrics.Duration.Record(elapsed.TotalSeconds, _durations.GetOrAdd(protocol, static (key, self) => self.DurationLabels(key), this));
        if (direction is Direction.Outbound && exchange is not null) RecordAttempts(exchange);
    }

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

    private KeyValuePair<string, object?>[] RequestLabels((string Protocol, string Status, string Error) key) =>
    [
        new("direction", _direction), new("destination", destination), new("protocol", key.Protocol), new("status", key.Status), new("error", key.Error),
    ];

    private KeyValuePair<string, object?>[] DurationLabels(string protocol) =>
        [new("direction", _direction), new("destination", destination), new("protocol", protocol)];

    private KeyValuePair<string, object?>[] AttemptLabels(string outcome) => [new("destination", destination), new("outcome", outcome)];

    private KeyValuePair<string, object?>[] RetryLabels(string reason) => [new("destination", destination), new("reason", reason)];
}
