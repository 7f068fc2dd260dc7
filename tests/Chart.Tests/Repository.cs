namespace Mesh.Chart.Tests;

/// <summary>Files of the repository, from wherever the tests are run.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new(AppContext.BaseDirectory));

    public static string Chart { get; } = Path.Combine(Root, "charts", "mesh");

    public static string Config { get; } = Path.Combine(Root, "config");

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new DirectoryNotFoundException($"no Operator.sln above {AppContext.BaseDirectory}")
        : File.Exists(Path.Combine(folder.FullName, "Operator.sln")) ? folder.FullName
        : Find(folder.Parent);
}
