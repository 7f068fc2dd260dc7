using System.Net;

namespace Mesh.Operator.Identity;

/// <summary>Logs and counts refusals. Of each reason a few a second are logged, with how many were left out before them.</summary>
internal sealed partial class RefusalLog(IdentityMetrics metrics, TimeProvider time, ILogger<RefusalLog> logger)
{
    private const int Burst = 10;
    private const double PerSecond = 2;

    private readonly TokenBuckets<RefusalReason> _allowance = new(Burst, PerSecond, Enum.GetValues<RefusalReason>().Length, time);
    private readonly long[] _leftOut = new long[Enum.GetValues<RefusalReason>().Length];

    public void Add(CertifyRefusal refusal, IPAddress source, TokenOwner? owner)
    {
        metrics.Refused(refusal.Reason);
        ref var leftOut = ref _leftOut[(int)refusal.Reason];
        if (!_allowance.TryTake(refusal.Reason)) Interlocked.Increment(ref leftOut);
        else LogRefused(owner is null ? "nobody proved" : $"{owner.Namespace}/{owner.Name}", source, refusal.Reason, refusal.Detail, Interlocked.Exchange(ref leftOut, 0));
    }

    [LoggerMessage(LogLevel.Warning, "No certificate for {Owner} at {Source}: {Reason}: {Detail} ({LeftOut} more for that reason since it was last logged)")]
    private partial void LogRefused(string owner, IPAddress source, RefusalReason reason, string detail, long leftOut);
}
