using Grpc.Core;

namespace Mesh.Operator.Identity;

/// <summary>A request that is not certified.</summary>
/// <param name="Reason">For programs.</param>
/// <param name="Detail">For people; holds no part of a token.</param>
internal sealed record CertifyRefusal(RefusalReason Reason, string Detail)
{
    /// <summary>As identity.proto tells what the proxy can do about it.</summary>
    public StatusCode Status => Reason switch
    {
        RefusalReason.SourceLimit or RefusalReason.QueueFull or RefusalReason.RateLimit => StatusCode.ResourceExhausted,
        RefusalReason.MalformedToken or RefusalReason.WrongAudience or RefusalReason.ExpiredToken or RefusalReason.InvalidToken => StatusCode.Unauthenticated,
        RefusalReason.NotPodBound or RefusalReason.UnknownPod or RefusalReason.OtherPod or RefusalReason.ReservedIdentity => StatusCode.PermissionDenied,
        RefusalReason.SigningRequest => StatusCode.InvalidArgument,
        RefusalReason.Unavailable or RefusalReason.NoIssuer => StatusCode.Unavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(Reason), Reason, null),
    };
}
