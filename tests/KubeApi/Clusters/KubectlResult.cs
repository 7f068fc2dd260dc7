namespace Mesh.KubeApi.Clusters;

/// <summary>What a kubectl command answered.</summary>
public sealed record KubectlResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>The output of a command that is to succeed.</summary>
    /// <exception cref="KubectlException">It failed.</exception>
    public string Succeeded() => ExitCode == 0 ? Output : throw new KubectlException($"{Command}: exit code {ExitCode}: {Error}{Output}");

    /// <summary>The error of a command that is to fail.</summary>
    /// <exception cref="KubectlException">It succeeded.</exception>
    public string Failed() =>
        ExitCode != 0 ? Error : throw new KubectlException($"{Command}: succeeded, expected it to fail: {Output}{Error}");
}
