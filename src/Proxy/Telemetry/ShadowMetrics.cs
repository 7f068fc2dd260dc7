using System.Diagnostics.Metrics;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Telemetry;

/// <summary>What shadow policies would have done, as instruments. <c>docs/reference/metrics.md</c> lists what they come out as.</summary>
internal static class ShadowMetrics
{
    public static void AddTo(Meter meter, IDestinationInventory inventory)
    {
        meter.CreateObservableCounter("mesh_shadow_requests", () => Requests(inventory), description: "Requests that a policy in mode Shadow was tried on.");
        meter.CreateObservableCounter("mesh_shadow_decisions", () => Decisions(inventory), description: "What policies in mode Shadow would have done.");
    }

    private static IEnumerable<Measurement<long>> Requests(IDestinationInventory inventory) =>
        from tally in Tallies(inventory)
        select new Measurement<long>(tally.Requests, new KeyValuePair<string, object?>("destination", tally.Destination));

    private static IEnumerable<Measurement<long>> Decisions(IDestinationInventory inventory) =>
        from tally in Tallies(inventory)
        from decision in tally.Decisions()
        select new Measurement<long>(decision.Count, new("destination", tally.Destination), new("decision", decision.Decision));

    private static IEnumerable<ShadowTally> Tallies(IDestinationInventory inventory) => inventory.Destinations().Select(destination => destination.Shadow).OfType<ShadowTally>();
}
