namespace Mesh.Bench;

/// <param name="Quick">Fewer and shorter rounds.</param>
/// <param name="Only">Parts of suites' names; empty: all.</param>
/// <param name="Proxy">The program mesh-proxy.</param>
/// <param name="Baseline">Another mesh-proxy to measure beside it, such as the build before a change; null: none.</param>
/// <param name="Results">Where tables are kept; null: they are only printed.</param>
/// <param name="Minutes">How long the steady state is watched; null: as long as is usual.</param>
internal sealed record BenchOptions(bool Quick, IReadOnlyList<string> Only, string Proxy, string? Baseline, string? Results, double? Minutes)
{
    public int Rounds { get; init; } = Quick ? 2 : 5;

    public TimeSpan RoundLength { get; init; } = TimeSpan.FromSeconds(Quick ? 1 : 4);

    /// <summary>Before memory under load is read.</summary>
    public TimeSpan LoadLength => TimeSpan.FromSeconds(Quick ? 3 : 15);

    public int Starts => Quick ? 5 : 15;

    /// <summary>Ten minutes for who asks for it by name; one among others.</summary>
    public TimeSpan SteadyLength => Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : TimeSpan.FromMinutes(Quick ? 0.5 : Only.Count > 0 ? 10 : 1);

    public TimeSpan SteadyWarmUp => TimeSpan.FromSeconds(Quick ? 5 : 30);

    public int IdleConnections => Quick ? 2_000 : 10_000;

    public TimeSpan ChurnLength => TimeSpan.FromSeconds(Quick ? 5 : 60);

    public bool IsNamed(string suite) => Only.Any(part => suite.Contains(part, StringComparison.OrdinalIgnoreCase));
}
