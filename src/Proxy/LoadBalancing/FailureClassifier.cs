using Grpc.Core;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// What counts as a failure of whoever answered: the statuses and gRPC codes that the policy lists. Answers such as NotFound and
/// PermissionDenied are the caller's business and count by default as what they are, answers.
/// </summary>
internal sealed class FailureClassifier
{
    // Where the operator says nothing: any 5xx, and the gRPC codes that tell of a server in trouble.
    private static readonly CircuitBreaker Unset = new()
    {
        FailureStatuses = { new StatusRange { From = 500, To = 599 } },
        FailureGrpcCodes =
        {
            (uint)StatusCode.Unknown, (uint)StatusCode.DeadlineExceeded, (uint)StatusCode.Internal, (uint)StatusCode.Unavailable, (uint)StatusCode.DataLoss,
        },
    };

    private const int Statuses = 600;

    private readonly bool[] _statuses = new bool[Statuses];
    private readonly uint _grpcCodes;

    /// <param name="policy">Null: the defaults.</param>
    public FailureClassifier(CircuitBreaker? policy)
    {
        policy ??= Unset;
        foreach (var range in policy.FailureStatuses)
        {
            for (var status = range.From; status <= range.To && status < Statuses; status++) _statuses[(int)status] = true;
        }
        foreach (var code in policy.FailureGrpcCodes.Where(code => code < 32)) _grpcCodes |= 1u << (int)code;
    }

    /// <summary>Null where the attempt says nothing about who it went to. What didn't end with an answer is always a failure otherwise.</summary>
    public bool? HasFailed(in AttemptVerdict verdict) => verdict.End switch
    {
        AttemptEnd.Cancelled or AttemptEnd.Shed => null,
        AttemptEnd.Answered => IsFailure(verdict.Status) || (verdict.GrpcStatus is { } code && IsFailure((StatusCode)code)),
        _ => true,
    };

    public bool IsFailure(int status) => (uint)status < (uint)_statuses.Length && _statuses[status];

    public bool IsFailure(StatusCode grpcCode) => (uint)grpcCode < 32 && (_grpcCodes & (1u << (int)grpcCode)) != 0;
}
