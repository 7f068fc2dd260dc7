using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Mesh.KubeApi.Clusters;

/// <summary>Runs a program against one cluster, with no part in the user's own configuration and caches.</summary>
/// <param name="program">Its name on PATH, or its path.</param>
/// <param name="origin">Where it comes from, for whoever lacks it.</param>
/// <param name="kubeConfigPath">The cluster.</param>
public class ClusterTool(string program, string origin, string kubeConfigPath)
{
    // A command against a local server takes a fraction of a second; a loaded machine may take the rest.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command to its end.</summary>
    /// <param name="arguments">As in a shell, without quoting: <c>"get", "pods", "-o", "yaml"</c>.</param>
    public Task<ToolResult> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    /// <summary>Runs a command that reads its standard input: <c>apply -f -</c>.</summary>
    public async Task<ToolResult> RunWithInputAsync(string input, params string[] arguments)
    {
        using var cache = new DiscoveryCache();
        using var process = Start(arguments, cache);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new(Describe(arguments), process.ExitCode, output, await error);
        }
        catch (OperationCanceledException)
        {
            throw new ToolException($"{Describe(arguments)}: did not end within {Limit}");
        }
        finally
        {
            await EndAsync(process);
        }
    }

    /// <summary>The lines of a command as they come, such as those of <c>get -w</c>. The command ends with the enumeration.</summary>
    public async IAsyncEnumerable<string> FollowAsync(string[] arguments, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var cache = new DiscoveryCache();
        using var process = Start(arguments, cache);
        try
        {
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line) yield return line;
        }
        finally
        {
            await EndAsync(process);
        }
    }

    private static async Task EndAsync(Process process)
    {
        if (process.HasExited) return;
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    private Process Start(string[] arguments, DiscoveryCache cache)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = kubeConfigPath;
        foreach (var variable in new[] { "KUBECACHEDIR", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME" }) start.Environment[variable] = cache.Path;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new ToolException($"{program} is not to be found; install it: {origin}", failure);
        }
    }

    private string Describe(string[] arguments) => $"{Path.GetFileName(program)} {string.Join(' ', arguments)}";
}
