namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>PostgreSQL's server programs, which Debian keeps off the PATH.</summary>
internal static class PostgresPrograms
{
    public static string Path(string program) =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => System.IO.Path.Combine(version, "bin", program)).Where(File.Exists).Max() ?? program
            : program;
}
