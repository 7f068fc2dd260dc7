using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Answers a request that the proxy itself ends: a problem document, or a status for gRPC.</summary>
internal sealed partial class ErrorResponse(ExhaustedTraces exhausted, TimeProvider clock, ILogger<ErrorResponse> logger)
{
    private const string GrpcPushback = "grpc-retry-pushback-ms";
    private const int LinesPerSecond = 100;

    // It is never put into HTML, so apostrophes stay readable.
    private static readonly ErrorJson Json = new(new(ErrorJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly LogAllowance _lines = new(LinesPerSecond, clock);

    /// <param name="context">Whose response has not started.</param>
    /// <param name="failure">Which error, and what happened to this request. Not the client's own.</param>
    /// <param name="exchange">How far it came; null where it was never forwarded.</param>
    /// <param name="destination">Where it was going, where there is no exchange to tell.</param>
    public Task WriteAsync(HttpContext context, Failure failure, Exchange? exchange, string? destination = null)
    {
        var detail = failure.Detail;
        var description = ErrorDescription.Of(failure.Code!.Value);
        if (failure.Statuses is { } statuses) description = description with { Status = statuses.Http, GrpcStatus = (GrpcStatus)statuses.Grpc };
        destination ??= exchange?.Upstream.Name;
        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
        Log(id, description.Code, destination, detail);

        context.Response.Clear();
        context.Response.Headers[HeaderHygiene.Error] = description.Code;
        exchange?.Refused?.CopyFieldsTo(context.Response.Headers);
        if (exchange is { Direction: Direction.Outbound, Trace: var trace } && (description.EndsRetries || trace.RetriesExhausted || trace.Retries.Count > 0))
        {
            context.Response.Headers[RetryMark.Field] = RetryMark.Exhausted;
            exhausted.Add(context.Request.Headers.TraceParent);
        }
        var isGrpc = GrpcCall.Is(context.Request);
        if (failure.RetryAfter is { } retryAfter) TellWhenToComeAgain(context.Response.Headers, retryAfter, isGrpc);
        // Who asks from elsewhere may be beyond the mesh: the kind of error and the id are for them, all else is in the log.
        var isTerse = failure.IsTerse || exchange is { Direction: Direction.Inbound };
        if (failure.Code is MeshErrorCode.InvalidToken) context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return isGrpc
            ? WriteGrpcAsync(context, description, isTerse ? $"{description.Title} ({id})" : $"{detail} {description.Hint} ({id})")
            : WriteProblemAsync(context, isTerse ? NewTerseDocument(description, id) : NewDocument(description, failure, id, destination, exchange));
    }

    // RFC 9110 section 10.2.3, in whole seconds; grpc/proposal A6, in milliseconds.
    private static void TellWhenToComeAgain(IHeaderDictionary headers, TimeSpan after, bool isGrpc)
    {
        headers.RetryAfter = Math.Ceiling(Math.Max(after.TotalSeconds, 1)).ToString("F0", CultureInfo.InvariantCulture);
        if (isGrpc) headers[GrpcPushback] = Math.Ceiling(after.TotalMilliseconds).ToString("F0", CultureInfo.InvariantCulture);
    }

    // Headers that end the stream are an answer of trailers only: grpc/grpc doc/PROTOCOL-HTTP2.md.
    private static Task WriteGrpcAsync(HttpContext context, ErrorDescription description, string message)
    {
        var headers = context.Response.Headers;
        headers.ContentType = "application/grpc";
        headers.GrpcStatus = ((int)description.GrpcStatus).ToString(CultureInfo.InvariantCulture);
        headers.GrpcMessage = GrpcCall.EncodeMessage($"{description.Code}: {message}");
        return context.Response.CompleteAsync();
    }

    private static async Task WriteProblemAsync(HttpContext context, ErrorDocument document)
    {
        var response = context.Response;
        response.StatusCode = document.Status;
        response.ContentType = "application/problem+json";
        // What follows on the connection may be meant for someone else. A tunnel may be asked for again, by another connection's first request.
        if (document.Status is StatusCodes.Status400BadRequest or StatusCodes.Status501NotImplemented || RequestTarget.IsTunnel(context)) CloseConnection(context);
        var body = JsonSerializer.SerializeToUtf8Bytes(document, Json.ErrorDocument);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static void CloseConnection(HttpContext context)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol)) context.Response.Headers.Connection = "close";
    }

    private static ErrorDocument NewTerseDocument(ErrorDescription description, string id) => new(
        description.Type, description.Title, description.Status, Detail: null, description.Code, Destination: null, Policies: null, Attempts: null, Hint: null, id);

    private static ErrorDocument NewDocument(ErrorDescription description, Failure failure, string id, string? destination, Exchange? exchange)
    {
        if (failure.Access is { } access)
        {
            return new(
                description.Type, description.Title, description.Status, failure.Detail, description.Code, destination,
                access.Policies, Attempts: null, description.Hint, id, access.Rule, access.Caller);
        }
        var sources = exchange?.Upstream.Destination?.Policy.Sources;
        return new(
            description.Type, description.Title, description.Status, failure.Detail, description.Code, destination,
            [.. (sources ?? []).Select(source => string.Create(CultureInfo.InvariantCulture, $"{source.Namespace}/{source.Name}@{source.Generation}"))],
            [.. (exchange?.Trace.Attempts ?? []).Select(attempt => new ErrorAttempt(attempt.Endpoint.Key, attempt.Outcome, Math.Round(attempt.Duration.TotalMilliseconds, 1)))],
            description.Hint, id);
    }

    private void Log(string id, string code, string? destination, string detail)
    {
        if (!_lines.TryTake(out var missed)) return;
        if (missed > 0) LogMissed(missed);
        LogError(id, code, destination, detail);
    }

    [LoggerMessage(LogLevel.Warning, "request {Id} to {Destination} ended with {Code}: {Detail}")]
    private partial void LogError(string id, string code, string? destination, string detail);

    [LoggerMessage(LogLevel.Warning, "{Missed} more requests ended with errors within a second, too many to be told of one by one")]
    private partial void LogMissed(int missed);
}
