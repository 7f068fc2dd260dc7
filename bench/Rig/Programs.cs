using System.Reflection;

namespace Mesh.Rig;

/// <summary>Where the programs are that the demo starts. Built together with it, in the same configuration.</summary>
internal static class Programs
{
    /// <summary>The root of the source tree.</summary>
    public static string Repository { get; } =
        typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == nameof(Repository)).Value!;

    public static string Operator => Output("src/Operator", "mesh-operator");

    /// <summary>The proxy as an ordinary build; <c>make demo</c> names the published one.</summary>
    public static string Proxy => Output("src/Proxy", "mesh-proxy");

    /// <summary>The micro-benchmarks.</summary>
    public static string Micro => Output("bench/Micro", "mesh-micro");

    public static string Service(string name) => Output($"samples/shop/{char.ToUpperInvariant(name[0])}{name[1..]}", $"shop-{name}");

    // This program lies in <project>/bin/<configuration>/<framework>; so do the others.
    private static string Output(string project, string program)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(Repository, project, "bin", framework.Parent!.Name, framework.Name, program);
    }
}
