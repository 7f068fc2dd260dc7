using Mesh.Api.Authorization;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Routing;

/// <summary>
/// A request that the proxy itself ends. It derives from <see cref="HttpRequestException"/> so that it passes through YARP's
/// forwarder as any failure to send does; the edge turns it into an answer that explains itself.
/// </summary>
internal sealed class MeshException(MeshErrorCode code, string detail, Exception? innerException = null)
    : HttpRequestException(detail, innerException)
{
    public MeshErrorCode Code { get; } = code;

    /// <summary>What kind of failure ended the attempt; unspecified where no attempt was made or the failure is never retried.</summary>
    public RetryCondition Condition { get; init; }

    /// <summary>The HTTP and gRPC status that the client is to see; null: those of the code.</summary>
    public (int Http, int Grpc)? Statuses { get; init; }

    /// <summary>The decision that ended it, for those who may know; null where none of authorization did.</summary>
    public AccessExplanation? Access { get; init; }

    /// <summary>Who is told may be beyond the mesh: what happened is for the log.</summary>
    public bool IsTerse { get; init; }

    /// <summary>When the client may come again: <c>Retry-After</c>, for gRPC <c>grpc-retry-pushback-ms</c>. Null: nothing is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
