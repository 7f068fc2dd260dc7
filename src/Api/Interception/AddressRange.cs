using System.Globalization;
using System.Net;

namespace Mesh.Api.Interception;

/// <summary>Reads the CIDRs that interception leaves alone.</summary>
public static class AddressRange
{
    /// <summary>What <see cref="TryParse"/> takes, for error messages.</summary>
    public const string Expected = "an address such as 10.0.0.7 or a CIDR such as 10.0.0.0/8 or fd00::/8, without bits beyond its prefix";

    /// <summary>Reads an address, or a CIDR whose bits beyond the prefix are zero: 10.0.0.7/8 more likely means something else.</summary>
    /// <returns>False where the text is neither.</returns>
    public static bool TryParse(string? text, out IPNetwork range)
    {
        range = default;
        if (text is null || text.Contains('%', StringComparison.Ordinal)) return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text[..slash];
        // inet_aton's 10.1 and 0x0a000001 are addresses to .NET too; here as everywhere in the mesh an IPv4 address has four parts.
        if (!IPAddress.TryParse(address, out var parsed) || (!address.Contains(':', StringComparison.Ordinal) && parsed.ToString() != address)) return false;
        var cidr = slash < 0 ? string.Create(CultureInfo.InvariantCulture, $"{text}/{parsed.GetAddressBytes().Length * 8}") : text;
        // Depending on its version .NET refuses bits beyond the prefix, or drops them.
        return IPNetwork.TryParse(cidr, out range) && range.BaseAddress.Equals(parsed);
    }

    /// <summary>The same addresses without the ranges that another one contains; sorted.</summary>
    public static IReadOnlyList<IPNetwork> Merge(IEnumerable<IPNetwork> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var merged = new List<IPNetwork>();
        foreach (var range in ranges.OrderBy(range => range.PrefixLength).ThenBy(range => range.ToString(), StringComparer.Ordinal))
        {
            if (!merged.Any(wider => wider.Contains(range.BaseAddress))) merged.Add(range);
        }
        return merged;
    }
}
