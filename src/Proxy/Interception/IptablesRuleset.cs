using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Api.Interception;

namespace Mesh.Proxy.Interception;

/// <summary>
/// The rules as <c>iptables-restore --noflush</c> and its IPv6 twin read them, for hosts without nftables: two chains of our own in the
/// nat table, and a jump to each. Each family is one transaction; the two together are not. Pure.
/// </summary>
internal static class IptablesRuleset
{
    private static readonly (string Hook, string Chain)[] Chains = [("OUTPUT", "MESH_OUTBOUND"), ("PREROUTING", "MESH_INBOUND")];

    /// <summary>What puts the rules in place.</summary>
    /// <param name="rules">Which connections they are about.</param>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="saved">What <c>iptables-save -t nat</c> says is there: jumps are not added twice.</param>
    public static string Install(InterceptionRules rules, AddressFamily family, string saved)
    {
        var text = new StringBuilder("*nat\n");
        // Naming a chain empties it where it exists.
        foreach (var (_, chain) in Chains) text.Append(CultureInfo.InvariantCulture, $":{chain} - [0:0]\n");
        text.Append(CultureInfo.InvariantCulture, $"-A MESH_OUTBOUND -m owner --uid-owner {rules.ProxyUser} -j RETURN\n-A MESH_OUTBOUND -o lo -j RETURN\n");
        Skip(text, "MESH_OUTBOUND", "-d", OfFamily(rules.SkipOutboundCidrs, family), PortRange.Merge(rules.SkipOutboundPorts));
        text.Append(CultureInfo.InvariantCulture, $"{Redirect("MESH_OUTBOUND", rules.OutboundPort)}\n-A MESH_INBOUND -i lo -j RETURN\n");
        Skip(text, "MESH_INBOUND", "-s", OfFamily(rules.SkipInboundCidrs, family), rules.DirectInboundPorts);
        text.Append(CultureInfo.InvariantCulture, $"{Redirect("MESH_INBOUND", rules.InboundPort)}\n");
        foreach (var jump in Chains.Select(Jump).Where(jump => !Has(saved, jump))) text.Append(CultureInfo.InvariantCulture, $"{jump}\n");
        return text.Append("COMMIT\n").ToString();
    }

    /// <summary>What removes the rules; null where there are none.</summary>
    /// <param name="saved">What <c>iptables-save -t nat</c> says is there.</param>
    public static string? Remove(string saved)
    {
        var present = Chains.Where(chain => Has(saved, $":{chain.Chain} ", prefix: true)).ToList();
        if (present.Count == 0) return null;
        var text = new StringBuilder("*nat\n");
        foreach (var jump in present.Select(Jump).Where(jump => Has(saved, jump))) text.Append(CultureInfo.InvariantCulture, $"-D{jump[2..]}\n");
        foreach (var (_, chain) in present) text.Append(CultureInfo.InvariantCulture, $"-F {chain}\n-X {chain}\n");
        return text.Append("COMMIT\n").ToString();
    }

    /// <summary>Whether both chains redirect, and are jumped to.</summary>
    /// <param name="rules">Which connections they are about.</param>
    /// <param name="saved">What <c>iptables-save -t nat</c> says is there.</param>
    public static bool IsInPlace(InterceptionRules rules, string saved) =>
        Chains.Select(Jump).Append(Redirect("MESH_OUTBOUND", rules.OutboundPort)).Append(Redirect("MESH_INBOUND", rules.InboundPort)).All(line => Has(saved, line));

    private static string Jump((string Hook, string Chain) chain) => $"-A {chain.Hook} -p tcp -j {chain.Chain}";

    private static string Redirect(string chain, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"-A {chain} -p tcp -j REDIRECT --to-ports {port}");

    private static bool Has(string saved, string line, bool prefix = false) =>
        saved.Split('\n').Any(found => prefix ? found.StartsWith(line, StringComparison.Ordinal) : found.TrimEnd() == line);

    private static IEnumerable<IPNetwork> OfFamily(IEnumerable<IPNetwork> cidrs, AddressFamily family) =>
        AddressRange.Merge(cidrs).Where(cidr => cidr.BaseAddress.AddressFamily == family);

    private static void Skip(StringBuilder text, string chain, string address, IEnumerable<IPNetwork> cidrs, IEnumerable<PortRange> ports)
    {
        foreach (var cidr in cidrs) text.Append(CultureInfo.InvariantCulture, $"-A {chain} {address} {cidr} -j RETURN\n");
        foreach (var range in ports)
            text.Append(CultureInfo.InvariantCulture, $"-A {chain} -p tcp --dport {range.First}{(range.Last > range.First ? $":{range.Last}" : "")} -j RETURN\n");
    }
}
