using System.Globalization;
using Mesh.Rig;
using Mesh.Scale.Cluster;

namespace Mesh.Scale;

/// <param name="Quick">Small and short.</param>
/// <param name="Sizes">The clusters to play, the one that the others are compared to first.</param>
/// <param name="Operator">The program mesh-operator.</param>
/// <param name="Results">Where tables are kept; null: they are only printed.</param>
internal sealed record ScaleOptions(bool Quick, IReadOnlyList<ClusterSize> Sizes, string Operator, string? Results)
{
    /// <summary>Endpoints replaced a second.</summary>
    public const int ChangesPerSecond = 100;

    public TimeSpan ChurnLength => TimeSpan.FromSeconds(Quick ? 4 : 20);

    public TimeSpan IdleLength => TimeSpan.FromSeconds(Quick ? 1 : 5);

    /// <summary>In which every pod of the cluster is replaced.</summary>
    public TimeSpan RollLength => TimeSpan.FromSeconds(Quick ? 5 : 60);

    public static ScaleOptions Of(bool quick, string[] sizes, string meshOperator, string? results) =>
        new(quick, sizes.Length > 0 ? [.. sizes.Select(Parse)] : Default(quick ? 10 : 1), meshOperator, results);

    private static ClusterSize[] Default(int divisor) =>
        [.. from size in new ClusterSize[] { new(1_000, 2_000), new(2_000, 2_000), new(1_000, 4_000), new(2_000, 4_000), new(1_000, 10_000) }
            select new ClusterSize(size.Services / divisor, size.Proxies / divisor)];

    private static ClusterSize Parse(string text) =>
        text.Split('x') is [var services, var proxies]
        && int.TryParse(services, NumberStyles.None, CultureInfo.InvariantCulture, out var s) && s >= 20
        && int.TryParse(proxies, NumberStyles.None, CultureInfo.InvariantCulture, out var p) && p >= 1 && p <= s * ClusterSize.MostProxiesPerService
            ? new(s, p)
            : throw new RigFailedException($"--sizes: found '{text}', expected SERVICESxPROXIES such as 1000x2000, at least 20 services, with at most {ClusterSize.MostProxiesPerService} proxies for each");
}
