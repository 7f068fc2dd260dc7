namespace Mesh.Bench.Measuring;

/// <summary>How much else the machine has to do.</summary>
internal static class LoadAverage
{
    /// <summary>Of the last 1, 5 and 15 minutes (proc_loadavg(5)).</summary>
    public static string Now() => string.Join(", ", File.ReadAllText("/proc/loadavg").Split(' ')[..3]);
}
