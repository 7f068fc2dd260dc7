namespace Mesh.LocalCluster;

/// <summary>The node that this machine plays.</summary>
internal static class LocalNode
{
    public const string Name = "local";
}
