namespace Mesh.Chaos;

/// <summary>What the command line asks for.</summary>
/// <param name="Quick">Whether failures last half as long.</param>
/// <param name="Rows">Parts of rows' names; empty: all.</param>
/// <param name="Operator">The program mesh-operator.</param>
/// <param name="Proxy">The program mesh-proxy.</param>
/// <param name="Mesh">The folder with the services and their policy.</param>
/// <param name="Runs">The folder under which each run gets its own.</param>
/// <param name="Results">Where the table is kept; null: it is only printed.</param>
internal sealed record ChaosOptions(bool Quick, IReadOnlyList<string> Rows, string Operator, string Proxy, string Mesh, string Runs, string? Results)
{
    /// <summary>How long a failure lasts, once without the mesh and once with it.</summary>
    public TimeSpan Length => TimeSpan.FromSeconds(Quick ? 4 : 8);

    public bool Wants(string row) => Rows.Count == 0 || Rows.Any(part => row.Contains(part, StringComparison.OrdinalIgnoreCase));
}
