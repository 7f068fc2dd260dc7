using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Api.Interception;

namespace Mesh.Proxy.Interception;

/// <summary>
/// The rules as nft reads them, for IPv4 and IPv6 at once. <c>nft -f</c> commits a file as one transaction: either the table is
/// replaced, or nothing has changed. Pure.
/// </summary>
internal static class NftablesRuleset
{
    /// <summary>The table, of family inet: all that is in it is the mesh's, and the mesh has nothing elsewhere.</summary>
    public const string Table = "inet mesh";

    // Naming the table first makes the deletion succeed where there is none ("destroy" needs Linux 6.3).
    private const string Replace = $"table {Table}\ndelete table {Table}\n";

    /// <summary>What puts the rules in place, whatever was in the table before.</summary>
    public static string Install(InterceptionRules rules)
    {
        var text = new StringBuilder(Replace);
        text.Append(CultureInfo.InvariantCulture, $$"""
            table {{Table}} {
              chain outbound {
                type nat hook output priority -100; policy accept;
                meta skuid {{rules.ProxyUser}} return comment "what the proxy opens"
                oifname "lo" return

            """);
        Skip(text, "daddr", rules.SkipOutboundCidrs, PortRange.Merge(rules.SkipOutboundPorts));
        text.Append(CultureInfo.InvariantCulture, $$"""
                meta l4proto tcp redirect to :{{rules.OutboundPort}}
              }
              chain inbound {
                type nat hook prerouting priority -100; policy accept;
                iifname "lo" return

            """);
        Skip(text, "saddr", rules.SkipInboundCidrs, rules.DirectInboundPorts);
        text.Append(CultureInfo.InvariantCulture, $$"""
                meta l4proto tcp redirect to :{{rules.InboundPort}}
              }
            }

            """);
        return text.ToString();
    }

    /// <summary>What removes the rules; succeeds where there are none.</summary>
    public static string Remove() => Replace;

    private static void Skip(StringBuilder text, string address, IReadOnlyList<IPNetwork> cidrs, IReadOnlyList<PortRange> ports)
    {
        // An interval that overlaps another is an error to nft: hence the merging.
        foreach (var family in AddressRange.Merge(cidrs).ToLookup(cidr => cidr.BaseAddress.AddressFamily))
        {
            var keyword = family.Key is AddressFamily.InterNetwork ? "ip" : "ip6";
            text.Append(CultureInfo.InvariantCulture, $"    {keyword} {address} {{ {string.Join(", ", family)} }} return\n");
        }
        if (ports.Count > 0) text.Append(CultureInfo.InvariantCulture, $"    tcp dport {{ {string.Join(", ", ports)} }} return\n");
    }
}
