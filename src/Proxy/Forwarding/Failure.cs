using Mesh.Api.Authorization;
using Mesh.Proxy.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>Why a request was not answered by its upstream, or not to the end.</summary>
/// <param name="Code">Null where it was the client that gave up, or that broke its own request.</param>
/// <param name="Detail">For the answer and the log.</param>
internal sealed record Failure(MeshErrorCode? Code, string Detail)
{
    /// <summary>It was the client that ended it.</summary>
    public static readonly Failure Canceled = new(null, "the client gave up");

    /// <summary>When the client may come again; null where nothing is known.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The decision of authorization that ended it; null where none did.</summary>
    public AccessExplanation? Access { get; private init; }

    /// <summary>Who is told may be beyond the mesh.</summary>
    public bool IsTerse { get; private init; }

    /// <summary>The HTTP and gRPC status that the client is to see; null: those of the code.</summary>
    public (int Http, int Grpc)? Statuses { get; private init; }

    public static Failure Of(MeshException reason) => new(reason.Code, reason.Message) { RetryAfter = reason.RetryAfter, Statuses = reason.Statuses, Access = reason.Access, IsTerse = reason.IsTerse };

    public static Failure Of(Direction direction, Upstream upstream, ForwarderError error, Exception? exception, bool clientGone)
    {
        if (IsClients(error) || (clientGone && !IsAnswers(error))) return Canceled;
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is MeshException mesh) return Of(mesh);
        }
        var reason = exception?.GetBaseException().Message ?? error.ToString();
        if (exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError })
        {
            return direction is Direction.Inbound
                ? new(MeshErrorCode.ApplicationUnavailable, $"no connection to the application at {upstream.Name}: {reason}")
                : new(MeshErrorCode.ConnectFailed, $"no connection to {upstream.Name}: {reason}");
        }
        return new(MeshErrorCode.UpstreamFailed, $"{upstream.Name} broke off: {reason}");
    }

    // The forwarder breaks the client's connection off itself then, which is not to be taken for the client's leaving.
    private static bool IsAnswers(ForwarderError error) => error
        is ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination;

    private static bool IsClients(ForwarderError error) => error
        is ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
        or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient
        or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeRequestClient
        or ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeResponseClient;
}
