namespace Mesh.Proxy.Interception;

/// <summary>Why a packet filter's program failed, told by its words, since the exit codes tell nothing.</summary>
internal static class Refusal
{
    private static readonly string[] NotPermitted = ["Operation not permitted", "Permission denied", "must be root"];

    private static readonly string[] NotSupported =
        ["Operation not supported", "Protocol not supported", "No such file or directory", "Table does not exist", "missing kernel module"];

    /// <summary>Whether the kernel has no such packet filter, or not all of it.</summary>
    public static bool IsUnsupported(CommandResult result) => NotSupported.Any(result.Errors.Contains);

    /// <param name="program">The program that failed.</param>
    /// <param name="result">What it came to.</param>
    /// <param name="needs">What it needs of the kernel.</param>
    public static InterceptionException Of(string program, CommandResult result, string needs)
    {
        var said = string.Join("; ", result.Errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(3));
        if (NotPermitted.Any(result.Errors.Contains))
            return new($"{program} may not change the rules of this network namespace: run as root with the capability NET_ADMIN. It says: {said}");
        return IsUnsupported(result)
            ? new($"the kernel lacks something that {program} needs: {needs}. It says: {said}")
            : new($"{program} failed with exit code {result.ExitCode}. It says: {said}");
    }
}
