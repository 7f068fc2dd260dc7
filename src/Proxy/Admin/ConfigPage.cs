using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Admin;

/// <summary>What <c>/config</c> shows: all that this proxy routes by, at this moment.</summary>
internal sealed record ConfigPage(
    string Proxy, string Namespace, ConfigPage.OperatorPart Operator, IdentityPart? Identity, IReadOnlyList<ConfigPage.PortPart> Ports,
    IReadOnlyList<ConfigPage.DestinationPart> Destinations, IReadOnlyList<string> UnknownAuthorities)
{
    public static ConfigPage Of(DiscoveryOptions options, PortRegistry ports, IDestinationInventory inventory, IdentityReport identity) => new(
        options.Proxy, options.Namespace,
        new(options.Operator.ToString(), inventory.Connected),
        IdentityPart.Of(identity),
        [.. ports.All.Select(port => new PortPart(port.Name, (port.Bound ?? port.Requested).ToString(), port.Bound is not null))],
        [.. inventory.Destinations().Select(DestinationPart.Of)],
        inventory.UnknownAuthorities());

    internal static string Text(Duration? duration) => new MeshDuration(duration?.ToTimeSpan() ?? TimeSpan.Zero).ToString();

    internal sealed record OperatorPart(string Address, bool Connected);

    internal sealed record PortPart(string Name, string Address, bool Listening);

    internal sealed record DestinationPart(
        string Name, string Version, IReadOnlyList<string> Authorities, PolicyPart Policy, string? Breaker, IReadOnlyList<EndpointReport> Endpoints)
    {
        public static DestinationPart Of(DestinationReport report) => new(
            report.Name, report.Version.ToString("x16", CultureInfo.InvariantCulture), report.Authorities, PolicyPart.Of(report.Policy),
            report.Breaker?.ToString(), report.Endpoints);
    }

    /// <summary>As a TrafficPolicy would say it, with every default filled in.</summary>
    internal sealed record PolicyPart(
        IReadOnlyList<string> Sources, IReadOnlyDictionary<string, string> Timeouts, RetriesPart? Retries, LoadBalancerPart LoadBalancer,
        CircuitBreakerPart? CircuitBreaker)
    {
        public static PolicyPart Of(Policy policy) => new(
            [.. policy.Sources.Select(source => string.Create(CultureInfo.InvariantCulture, $"{source.Namespace}/{source.Name}@{source.Generation}"))],
            TimeoutsOf(policy.Timeouts),
            policy.Retries is { } retries ? RetriesPart.Of(retries) : null,
            LoadBalancerPart.Of(policy.LoadBalancer),
            CircuitBreakerPart.Of(policy.CircuitBreaker));

        private static Dictionary<string, string> TimeoutsOf(Timeouts? timeouts)
        {
            var set = new Dictionary<string, string>();
            if (timeouts?.Request is { } request) set["request"] = Text(request);
            if (timeouts?.Attempt is { } attempt) set["attempt"] = Text(attempt);
            if (timeouts?.Connect is { } connect) set["connect"] = Text(connect);
            return set;
        }
    }

    internal sealed record RetriesPart(
        uint Attempts, IReadOnlyList<string> On, IReadOnlyList<string> Methods, BackoffPart Backoff, BudgetPart? Budget)
    {
        public static RetriesPart Of(Retries retries) => new(
            retries.Attempts,
            [.. retries.On.Select(condition => condition.ToString())],
            [.. retries.Methods],
            new(Text(retries.BackoffBase), Text(retries.BackoffMax)),
            retries.Budget is { } budget ? new(budget.Percent, budget.MinPerSecond) : null);
    }

    internal sealed record BackoffPart(string Base, string Max);

    internal sealed record BudgetPart(uint Percent, uint MinPerSecond);
}
