namespace Mesh.Proxy.LoadBalancing;

/// <summary>Learns what becomes of attempts.</summary>
internal interface IAttemptObserver
{
    /// <summary>Called exactly once for each attempt, from whatever thread it ends on.</summary>
    void Report(in AttemptVerdict verdict);
}
