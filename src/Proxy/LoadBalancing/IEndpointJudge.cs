namespace Mesh.Proxy.LoadBalancing;

/// <summary>Judges endpoints by what becomes of their attempts.</summary>
internal interface IEndpointJudge
{
    /// <summary>Called exactly once for each lease, from whatever thread its attempt ends on.</summary>
    void Report(in Lease lease, in AttemptVerdict verdict);
}
