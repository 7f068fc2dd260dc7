using Mesh.Api.Discovery;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>Faults that would have been injected.</summary>
internal sealed class ShadowFaults(FaultRules faults, ShadowTally tally) : ShadowObserver
{
    public override object? Begin(ShadowedRequest request)
    {
        if (faults.Draw(request.Message, request.Trace.Caller) is not { } fault) return null;
        if (fault.Delay is not null) tally.Count(ShadowEffect.FaultDelay);
        if (fault.AbortCase is not Fault.AbortOneofCase.None) tally.Count(ShadowEffect.FaultAbort);
        return null;
    }
}
