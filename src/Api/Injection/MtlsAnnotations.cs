using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>Reads what annotations say of mutual TLS: of a namespace, a pod, or a pod's ports.</summary>
public static class MtlsAnnotations
{
    /// <summary>What a mode may be.</summary>
    public const string Expected = "Permissive, Strict or Off";

    /// <summary>What an entry of <see cref="PodAnnotations.MtlsPorts"/> may be.</summary>
    public const string ExpectedPort = $"a port once, with {Expected}, such as 8080=strict";

    /// <summary>Reads a mode, in any case.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MutualTls? mode)
    {
        ArgumentNullException.ThrowIfNull(text);
        mode = text.Trim().ToUpperInvariant() switch
        {
            "PERMISSIVE" => MutualTls.Permissive,
            "STRICT" => MutualTls.Strict,
            "OFF" => MutualTls.Off,
            _ => null,
        };
        return mode is not null;
    }

    /// <summary>Reads modes by port. Where one can't be read, its mode is null; where not even its port can, that is null, too.</summary>
    public static IEnumerable<(string Text, int? Port, MutualTls? Mode)> ReadPorts(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var seen = new HashSet<int>();
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = entry.Split('=', StringSplitOptions.TrimEntries);
            int? port = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= ushort.MaxValue ? number : null;
            var isOnce = port is { } readable && seen.Add(readable);
            yield return (entry, port, isOnce && parts.Length == 2 && TryParse(parts[1], out var mode) ? mode : null);
        }
    }
}
