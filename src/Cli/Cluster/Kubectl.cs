using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mesh.Cli.Cluster;

/// <summary>
/// The cluster by way of the kubectl on PATH, so that contexts, credential plugins and proxies mean what they mean there
/// (docs/decisions/meshctl-by-way-of-kubectl.md).
/// </summary>
/// <param name="kubeconfig">Its file; null: as kubectl finds it.</param>
/// <param name="context">One of its contexts; null: the current one.</param>
internal sealed partial class Kubectl(string? kubeconfig, string? context) : ICluster
{
    private const string FieldManager = "meshctl";

    public Version ServerVersion()
    {
        var version = JsonNode.Parse(Run("", "version", "-o", "json"))!["serverVersion"];
        // Of managed clusters the minor version may end in a plus.
        return Version.TryParse($"{version.Text("major")}.{version.Text("minor").TrimEnd('+')}", out var parsed)
            ? parsed
            : throw new ClusterException($"kubectl version: found \"{version?.ToJsonString()}\", expected the server's major and minor version");
    }

    public JsonObject? Find(string kind, string name, string? ns = null)
    {
        var output = Run("", ["get", kind, name, "--ignore-not-found", "-o", "json", .. In(ns)]);
        return output.Length == 0 ? null : JsonNode.Parse(output)!.AsObject();
    }

    public IReadOnlyList<JsonObject> List(string kind, string? ns = null) =>
        [.. JsonNode.Parse(Run("", ["get", kind, "-o", "json", .. ns is null ? ["--all-namespaces"] : In(ns)])).Objects("items")];

    public bool MayCreate(string kind, string? ns = null)
    {
        // Its exit code is 1 for no, and for not having been told.
        var (exitCode, output, error) = Start("", ["auth", "can-i", "create", kind, .. In(ns)]);
        return output.Trim() switch
        {
            "yes" => true,
            "no" => false,
            _ => throw new ClusterException($"kubectl auth can-i create {kind}: exit code {exitCode}: {Said(error)}"),
        };
    }

    public void Annotate(string kind, string name, string ns, string annotation, string value) =>
        Run("", ["annotate", kind, name, $"{annotation}={value}", "--overwrite", $"--field-manager={FieldManager}", .. In(ns)]);

    public string Apply(string manifests) => Run(manifests, "apply", "--server-side", "--force-conflicts", $"--field-manager={FieldManager}", "-f", "-");

    public string Delete(string manifests) => Run(manifests, "delete", "--ignore-not-found", "--wait=false", "-f", "-");

    public void Restart(Workload workload, TimeSpan timeout)
    {
        Run("", ["rollout", "restart", workload.ToString(), .. In(workload.Namespace)]);
        AwaitRollout(workload, timeout);
    }

    public void AwaitRollout(Workload workload, TimeSpan timeout) =>
        Run("", ["rollout", "status", workload.ToString(), $"--timeout={(int)timeout.TotalSeconds}s", .. In(workload.Namespace)]);

    private static string[] In(string? ns) => ns is null ? [] : ["--namespace", ns];

    private string Run(string input, params string[] arguments)
    {
        var (exitCode, output, error) = Start(input, arguments);
        return exitCode == 0 ? output : throw new ClusterException($"kubectl {string.Join(' ', arguments)}: {Said(error)}");
    }

    // kubectl logs each of its attempts as well, before the one line that says what is wrong.
    private static string Said(string error) => LogLine().Replace(error, "").Trim();

    [GeneratedRegex(@"^[IWEF]\d{4} .*\n?", RegexOptions.Multiline)]
    private static partial Regex LogLine();

    private (int ExitCode, string Output, string Error) Start(string input, string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (kubeconfig is not null) start.ArgumentList.Add($"--kubeconfig={kubeconfig}");
        if (context is not null) start.ArgumentList.Add($"--context={context}");
        try
        {
            using var process = Process.Start(start)!;
            // Both at once: neither pipe may fill while the other is read.
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            process.WaitForExit();
            return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
        }
        catch (Win32Exception)
        {
            throw new ClusterException("kubectl is not on PATH, and meshctl asks the cluster through it: https://kubernetes.io/docs/tasks/tools");
        }
    }
}
