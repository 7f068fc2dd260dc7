using System.Globalization;
using Grpc.Core;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>What the answer to an attempt, or the lack of one, means for a retry.</summary>
internal static class AttemptOutcome
{
    private static readonly string ApplicationUnavailable = ErrorDescription.Of(MeshErrorCode.ApplicationUnavailable).Code;

    private static readonly string DeadlineExceeded = ErrorDescription.Of(MeshErrorCode.DeadlineExceeded).Code;
    private static readonly string OverloadedCode = ErrorDescription.Of(MeshErrorCode.Overloaded).Code;
    private static readonly string RateLimitedCode = ErrorDescription.Of(MeshErrorCode.RateLimited).Code;

    private static readonly string[] StatusNames = [.. Enumerable.Range(100, 500).Select(code => code.ToString(CultureInfo.InvariantCulture))];

    /// <summary>The narrowest condition that an answer meets; unspecified where it is no failure.</summary>
    public static RetryCondition ConditionOf(HttpResponseMessage response)
    {
        var condition = ConditionOf((int)response.StatusCode, GrpcStatusOf(response));
        return condition is RetryCondition.GatewayError && IsApplicationUnavailable(response) ? RetryCondition.ConnectFailure : condition;
    }

    /// <summary>The narrowest condition that an attempt met; unspecified where it was no failure, or none before its answer was under way.</summary>
    public static RetryCondition ConditionOf(in AttemptVerdict verdict) => verdict.End switch
    {
        AttemptEnd.ConnectFailed => RetryCondition.ConnectFailure,
        AttemptEnd.RefusedStream => RetryCondition.RefusedStream,
        AttemptEnd.Reset => RetryCondition.Reset,
        AttemptEnd.TimedOut => RetryCondition.AttemptTimeout,
        AttemptEnd.Answered or AttemptEnd.Shed => ConditionOf(verdict.Status, (StatusCode?)verdict.GrpcStatus),
        _ => RetryCondition.Unspecified,
    };

    /// <summary>The condition that a failure meets; unspecified where it is not the endpoint's, and never retried.</summary>
    public static RetryCondition ConditionOf(Exception failure) => failure switch
    {
        MeshException mesh => mesh.Condition,
        HttpRequestException when MeshOf(failure) is { } mesh => mesh.Condition,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => RetryCondition.ConnectFailure,
        HttpRequestException when IsRefusedStream(failure) => RetryCondition.RefusedStream,
        HttpRequestException => RetryCondition.Reset,
        _ => RetryCondition.Unspecified,
    };

    /// <summary>The end of an attempt that failed.</summary>
    public static AttemptEnd EndOf(RetryCondition condition) => condition switch
    {
        RetryCondition.ConnectFailure => AttemptEnd.ConnectFailed,
        RetryCondition.RefusedStream => AttemptEnd.RefusedStream,
        RetryCondition.Reset => AttemptEnd.Reset,
        RetryCondition.AttemptTimeout => AttemptEnd.TimedOut,
        _ => AttemptEnd.Cancelled,
    };

    /// <summary>The verdict on an answer as far as its head tells.</summary>
    public static AttemptVerdict VerdictOf(HttpResponseMessage response, TimeSpan duration) =>
        new(EndOf(response), (int)response.StatusCode, (int?)GrpcStatusOf(response), duration);

    /// <summary>Says whether the application provably never saw the request.</summary>
    public static bool NeverArrived(RetryCondition condition) => condition is RetryCondition.ConnectFailure or RetryCondition.RefusedStream;

    public static string NameOf(HttpResponseMessage response)
    {
        if (GrpcStatusOf(response) is { } status and not StatusCode.OK) return status.ToString();
        var code = (int)response.StatusCode;
        return code is >= 100 and < 600 ? StatusNames[code - 100] : code.ToString(CultureInfo.InvariantCulture);
    }

    public static string NameOf(Exception failure, RetryCondition condition) => condition switch
    {
        RetryCondition.ConnectFailure when MeshOf(failure) is { Code: MeshErrorCode.PeerIdentity } => nameof(MeshErrorCode.PeerIdentity),
        RetryCondition.ConnectFailure => nameof(RetryCondition.ConnectFailure),
        RetryCondition.RefusedStream => nameof(RetryCondition.RefusedStream),
        RetryCondition.Reset => nameof(RetryCondition.Reset),
        RetryCondition.AttemptTimeout => nameof(RetryCondition.AttemptTimeout),
        _ => failure is OperationCanceledException ? "Cancelled" : failure.GetType().Name,
    };

    /// <summary>The failure as the client is told it; null where there is nothing to add.</summary>
    public static MeshException? Explain(Exception failure, RetryCondition condition, string destination, LiveEndpoint endpoint)
    {
        if (MeshOf(failure) is { } mesh) return ReferenceEquals(mesh, failure) ? null : new(mesh.Code, $"{destination}: {mesh.Message}", failure) { Condition = mesh.Condition };
        var (code, what) = condition switch
        {
            RetryCondition.ConnectFailure => (MeshErrorCode.ConnectFailed, "could not be connected to"),
            RetryCondition.RefusedStream => (MeshErrorCode.UpstreamFailed, "refused the stream"),
            RetryCondition.Reset => (MeshErrorCode.UpstreamFailed, "broke off before it answered"),
            _ => (default, ""),
        };
        return what.Length == 0
            ? null
            : new MeshException(code, $"{destination}: endpoint {endpoint.Key} {what} ({failure.GetBaseException().Message})", failure) { Condition = condition };
    }

    /// <summary>The gRPC status of an answer; null where it has none, or none yet.</summary>
    public static StatusCode? GrpcStatusOf(HttpResponseMessage response) => TryGet(response, "grpc-status") is { } status
        && int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? (StatusCode)code
            : null;

    /// <summary>Says whether a hop below has used up its retries.</summary>
    public static bool IsExhausted(HttpResponseMessage response) =>
        RetryMark.IsOn(response) || (response.Content is PeekedContent { IsEmpty: true } && RetryMark.IsOn(response.TrailingHeaders));

    private static RetryCondition ConditionOf(int status, StatusCode? grpcStatus) => status switch
    {
        502 or 503 or 504 => RetryCondition.GatewayError,
        >= 500 => RetryCondition.ServerError,
        _ => grpcStatus switch
        {
            StatusCode.Unavailable => RetryCondition.GatewayError,
            StatusCode.Unknown or StatusCode.Internal or StatusCode.DataLoss => RetryCondition.ServerError,
            _ => RetryCondition.Unspecified,
        },
    };

    // The endpoint's sidecar says so where it could not connect to its application.
    /// <summary>A proxy below was told of a deadline, and has seen it pass.</summary>
    public static bool IsDeadlineExceeded(HttpResponseMessage response) => TryGet(response, HeaderHygiene.Error) == DeadlineExceeded;

    private static bool IsApplicationUnavailable(HttpResponseMessage response) => TryGet(response, HeaderHygiene.Error) == ApplicationUnavailable;

    // An answer of trailers only carries them among the headers; of another that ends without a message they are known once it has.
    private static string? TryGet(HttpResponseMessage response, string field) =>
        MessageFields.TryGet(response, field, out var values)
        || (response.Content is PeekedContent { IsEmpty: true } && MessageFields.TryGet(response.TrailingHeaders, field, out values))
            ? MessageFields.Line(values)
            : null;

    private static AttemptEnd EndOf(HttpResponseMessage response) => TryGet(response, HeaderHygiene.Error) switch
    {
        null => AttemptEnd.Answered,
        var code when code == ApplicationUnavailable => AttemptEnd.ConnectFailed,
        var code when code == OverloadedCode || code == RateLimitedCode => AttemptEnd.Shed,
        _ => AttemptEnd.Answered,
    };

    // Of a connection that was being opened, HttpClient wraps what stopped it.
    private static MeshException? MeshOf(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is MeshException mesh) return mesh;
        }
        return null;
    }

    private static bool IsRefusedStream(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is HttpProtocolException { ErrorCode: RefusedStreams.ErrorCode }) return true;
        }
        return false;
    }
}
