using Mesh.Proxy.Resilience;

namespace Mesh.Proxy.Shadow;

/// <summary>Counts the requests that the retries and hedges which would have been made are a share of.</summary>
internal sealed class ShadowBudget(RetryBudget budget) : ShadowObserver
{
    public override object? Begin(ShadowedRequest request)
    {
        budget.CountRequest();
        return null;
    }
}
