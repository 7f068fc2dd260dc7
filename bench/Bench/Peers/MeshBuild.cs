namespace Mesh.Bench.Peers;

/// <summary>A program mesh-proxy.</summary>
/// <param name="Name">What its rows are called.</param>
/// <param name="Program">The file.</param>
internal sealed record MeshBuild(string Name, string Program);
