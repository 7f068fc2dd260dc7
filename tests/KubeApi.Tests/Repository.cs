namespace Mesh.KubeApi.Tests;

/// <summary>Where the manifests lie that users apply.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new DirectoryNotFoundException($"no Operator.sln above {AppContext.BaseDirectory}")
        : File.Exists(Path.Combine(folder.FullName, "Operator.sln")) ? folder.FullName
        : Find(folder.Parent);
}
