using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Mesh.KubeApi.Clusters;

/// <summary>Runs the kubectl on PATH against one cluster, with no part in the user's own configuration and caches.</summary>
public sealed class Kubectl(string kubeConfigPath)
{
    // A command against a local server takes a fraction of a second; a loaded machine may take the rest.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command to its end.</summary>
    /// <param name="arguments">As in a shell, without quoting: <c>"get", "pods", "-o", "yaml"</c>.</param>
    public Task<KubectlResult> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    /// <summary>Runs a command that reads its standard input: <c>apply -f -</c>.</summary>
    public async Task<KubectlResult> RunWithInputAsync(string input, params string[] arguments)
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
            throw new KubectlException($"{Describe(arguments)}: did not end within {Limit}");
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
        var start = new ProcessStartInfo("kubectl", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = kubeConfigPath;
        start.Environment["KUBECACHEDIR"] = cache.Path;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new KubectlException("kubectl is not on PATH; install it: https://kubernetes.io/docs/tasks/tools/", failure);
        }
    }

    private static string Describe(string[] arguments) => $"kubectl {string.Join(' ', arguments)}";
}
