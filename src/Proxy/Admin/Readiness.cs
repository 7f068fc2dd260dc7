using Mesh.Proxy.Discovery;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Admin;

/// <summary>
/// Whether the application's traffic can be entrusted to this proxy, and if not, why. An operator that goes away later changes
/// nothing: the proxy serves with what it knows.
/// </summary>
internal sealed record Readiness(IReadOnlyList<string> Reasons)
{
    public bool Ready => Reasons.Count is 0;

    public static Readiness Of(DiscoveryOptions options, PortRegistry ports, Drain drain, IDestinationInventory inventory, IdentityReport identity)
    {
        var reasons = ports.All.Where(port => port.Bound is null && !port.IsOptional).Select(port => $"{port.Name}: not listening on {port.Requested} yet").ToList();
        if (!inventory.HasConnected) reasons.Add($"discovery: no operator has answered at {options.Operator} yet");
        if (identity is { IsEnabled: true, Credentials: null }) reasons.Add($"identity: no certificate yet{(identity.Problem is { } problem ? $": {problem}" : "")}");
        if (identity is { IsEnabled: true, Workload.IsKnown: false }) reasons.Add("workload: the operator has not said yet who may come in");
        if (drain.HasBegun) reasons.Add("drain: this proxy is about to go");
        return new(reasons);
    }
}
