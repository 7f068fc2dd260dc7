using Mesh.Api.Discovery;
using Mesh.Proxy.CircuitBreaking;

namespace Mesh.Proxy.Routing;

/// <summary>A destination as <c>/config</c> shows it.</summary>
/// <param name="Name">As the operator names it.</param>
/// <param name="Version">The version in use, as the operator counts it.</param>
/// <param name="Authorities">What traffic calls it.</param>
/// <param name="Policy">The policy in force.</param>
/// <param name="Endpoints">Those that are picked from, then those that only finish what they have.</param>
internal sealed record DestinationReport(
    string Name, ulong Version, IReadOnlyList<string> Authorities, Policy Policy, IReadOnlyList<EndpointReport> Endpoints)
{
    /// <summary>What a shadow policy would have done; null where there has been none.</summary>
    public ShadowTally? Shadow { get; init; }

    /// <summary>The breaker for the destination as a whole; null where the policy has none.</summary>
    public BreakerState? Breaker { get; init; }

    /// <summary>Endpoints ejected since the destination is known, by why.</summary>
    public IReadOnlyDictionary<BreakerTrigger, long> Ejections { get; init; } = new Dictionary<BreakerTrigger, long>();
}
