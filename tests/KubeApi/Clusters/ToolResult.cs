namespace Mesh.KubeApi.Clusters;

/// <summary>What a command answered.</summary>
public sealed record ToolResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>The output of a command that is to succeed.</summary>
    /// <exception cref="ToolException">It failed.</exception>
    public string Succeeded() => ExitCode == 0 ? Output : throw new ToolException($"{Command}: exit code {ExitCode}: {Error}{Output}");

    /// <summary>The error of a command that is to fail.</summary>
    /// <exception cref="ToolException">It succeeded.</exception>
    public string Failed() =>
        ExitCode != 0 ? Error : throw new ToolException($"{Command}: succeeded, expected it to fail: {Output}{Error}");
}
