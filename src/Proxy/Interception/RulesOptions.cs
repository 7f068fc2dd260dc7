using System.CommandLine;
using System.Globalization;
using System.Net;
using Mesh.Api.Interception;
using static Mesh.Proxy.CommandLine.EnvironmentOptions;

namespace Mesh.Proxy.Interception;

/// <summary>The options that say which connections go through the proxy, shared by the commands that need to know.</summary>
internal static class RulesOptions
{
    private static readonly Option<uint> User = New<uint>("--proxy-user", "MESH_PROXY_USER", "The user ID that the proxy runs as; what it opens is left alone.", "2102", ParseUser);
    // No variable here ends in _PORT: the kubelet makes such ones of the services of a pod's namespace.
    private static readonly Option<int> OutboundPort = New<int>("--outbound-port", "MESH_INIT_OUTBOUND", "Where the proxy takes what the pod opens.", "15001", ParsePort);
    private static readonly Option<int> InboundPort = New<int>("--inbound-port", "MESH_INIT_INBOUND", "Where the proxy takes what is opened to the pod.", "15006", ParsePort);
    private static readonly Option<int> AdminPort = New<int>("--admin-port", "MESH_INIT_ADMIN", "The proxy's own pages; never redirected to.", "15000", ParsePort);
    private static readonly Option<int> HealthPort = New<int>("--health-port", "MESH_INIT_HEALTH", "Where the kubelet asks for the proxy's health; never redirected to.", "15002", ParsePort);
    private static readonly Option<PortRange[]> SkipOutboundPorts = NewList<PortRange>("--skip-outbound-ports", "MESH_SKIP_OUTBOUND_PORTS", "Ports of others that are called directly, such as 25,9000-9100.", ParseRange);
    private static readonly Option<IPNetwork[]> SkipOutboundCidrs = NewList<IPNetwork>("--skip-outbound-cidrs", "MESH_SKIP_OUTBOUND_CIDRS", "Addresses of others that are called directly, such as 10.1.0.0/16,fd01::/16.", ParseCidr);
    private static readonly Option<PortRange[]> SkipInboundPorts = NewList<PortRange>("--skip-inbound-ports", "MESH_SKIP_INBOUND_PORTS", "Ports of the pod that are reached directly, such as 9090.", ParseRange);
    private static readonly Option<IPNetwork[]> SkipInboundCidrs = NewList<IPNetwork>("--skip-inbound-cidrs", "MESH_SKIP_INBOUND_CIDRS", "Addresses of others that reach the pod directly.", ParseCidr);

    public static IEnumerable<Option> All =>
        [User, OutboundPort, InboundPort, AdminPort, HealthPort, SkipOutboundPorts, SkipOutboundCidrs, SkipInboundPorts, SkipInboundCidrs];

    public static InterceptionRules Read(ParseResult result) => new()
    {
        ProxyUser = result.GetRequiredValue(User),
        OutboundPort = result.GetRequiredValue(OutboundPort),
        InboundPort = result.GetRequiredValue(InboundPort),
        AdminPort = result.GetRequiredValue(AdminPort),
        HealthPort = result.GetRequiredValue(HealthPort),
        SkipOutboundPorts = result.GetRequiredValue(SkipOutboundPorts),
        SkipOutboundCidrs = result.GetRequiredValue(SkipOutboundCidrs),
        SkipInboundPorts = result.GetRequiredValue(SkipInboundPorts),
        SkipInboundCidrs = result.GetRequiredValue(SkipInboundCidrs),
    };

    // 0 would leave alone what root opens, the applications of most images included.
    private static string? ParseUser(string text, out uint value) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is > 0 and < uint.MaxValue ? null : "a user ID from 1 to 4294967294";

    private static string? ParsePort(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is > 0 and <= ushort.MaxValue ? null : "a port from 1 to 65535";

    private static string? ParseRange(string text, out PortRange value) => PortRange.TryParse(text, out value) ? null : PortRange.Expected;

    private static string? ParseCidr(string text, out IPNetwork value) => AddressRange.TryParse(text, out value) ? null : AddressRange.Expected;
}
