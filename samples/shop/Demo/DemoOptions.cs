namespace Shop.Demo;

/// <summary>What the command line asks for.</summary>
/// <param name="Length">When it ends by itself; null for never.</param>
/// <param name="PerSecond">Requests a second to each of the two shops.</param>
/// <param name="Operator">The program mesh-operator.</param>
/// <param name="Proxy">The program mesh-proxy.</param>
/// <param name="Mesh">The folder with the manifests that users edit.</param>
/// <param name="Runs">The folder under which each run gets its own.</param>
internal sealed record DemoOptions(TimeSpan? Length, int PerSecond, string Operator, string Proxy, string Mesh, string Runs);
