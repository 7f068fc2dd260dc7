namespace Mesh.Api.Tests;

/// <summary>Files of the repository, from wherever the tests are run.</summary>
internal static class Repository
{
    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Operator.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"No Operator.sln above {AppContext.BaseDirectory}.");
    }
}
