using System.Globalization;
using System.Text.RegularExpressions;
using k8s.Models;

namespace Mesh.Api.Injection;

/// <summary>What the sidecar asks for and may take, as quantities of Kubernetes; null: the mesh's default.</summary>
internal sealed partial record SidecarResources
{
    public const string ExpectedCpu = "a quantity of CPU such as 100m or 0.5, from 1m to 128";
    public const string ExpectedMemory = "a quantity of memory such as 64Mi or 1Gi, from 32Mi to 64Gi";

    // Measured: 31 MB resident under load, a few hundred requests a second in a twentieth of a core.
    private const string DefaultCpuRequest = "50m";
    private const string DefaultMemoryRequest = "48Mi";

    private static readonly Dictionary<string, decimal> Units = new()
    {
        [""] = 1,
        ["m"] = 0.001m,
        ["k"] = 1e3m,
        ["M"] = 1e6m,
        ["G"] = 1e9m,
        ["Ki"] = 1L << 10,
        ["Mi"] = 1L << 20,
        ["Gi"] = 1L << 30,
    };

    public string? CpuRequest { get; init; }

    public string? CpuLimit { get; init; }

    public string? MemoryRequest { get; init; }

    public string? MemoryLimit { get; init; }

    public static bool IsCpu(string text) => Cpu().IsMatch(text) && Amount(text) is >= 0.001m and <= 128;

    public static bool IsMemory(string text) => Memory().IsMatch(text) && Amount(text) is >= 32L << 20 and <= 64L << 30;

    /// <summary>In cores, or in bytes.</summary>
    public static decimal Amount(string quantity)
    {
        var number = quantity.TrimEnd([.. "mkMGKi"]);
        return decimal.Parse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) * Units[quantity[number.Length..]];
    }

    /// <param name="podHasItsOwn">The pod as a whole has resources (KEP-2837), of which the sidecar takes its share: it asks for none but those of its annotations.</param>
    public V1ResourceRequirements Requirements(bool podHasItsOwn)
    {
        var requests = new Dictionary<string, ResourceQuantity>();
        var limits = new Dictionary<string, ResourceQuantity>();
        Add(requests, limits, "cpu", CpuRequest, CpuLimit, podHasItsOwn ? null : DefaultCpuRequest);
        Add(requests, limits, "memory", MemoryRequest, MemoryLimit, podHasItsOwn ? null : DefaultMemoryRequest);
        return new() { Requests = requests.Count > 0 ? requests : null, Limits = limits.Count > 0 ? limits : null };
    }

    // A limit below the default request lowers it: a request above its limit is refused by the API server.
    private static void Add(
        Dictionary<string, ResourceQuantity> requests, Dictionary<string, ResourceQuantity> limits, string resource, string? request, string? limit, string? fallback)
    {
        if (limit is not null && fallback is not null && Amount(limit) < Amount(fallback)) fallback = limit;
        if ((request ?? fallback) is { } asked) requests[resource] = new(asked);
        if (limit is not null) limits[resource] = new(limit);
    }

    [GeneratedRegex("""^(?:[0-9]{1,6}m|[0-9]{1,3}(?:\.[0-9]{1,3})?)\z""")]
    private static partial Regex Cpu();

    [GeneratedRegex("""^[0-9]{1,12}(?:\.[0-9]{1,3})?(?:k|M|G|Ki|Mi|Gi)?\z""")]
    private static partial Regex Memory();
}
