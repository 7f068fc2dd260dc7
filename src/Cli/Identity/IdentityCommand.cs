using System.CommandLine;
using System.Globalization;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using k8s.Models;
using Mesh.Api.Identity;
using Mesh.Cli.Output;

namespace Mesh.Cli.Identity;

internal static class IdentityCommand
{
    public static Command Create() => new("identity", "Works with the mesh's certificate authority.") { Rotate() };

    private static Command Rotate()
    {
        var state = new Option<string?>("--state") { Description = "A standalone operator's state directory, as its own --state names it.", HelpName = "DIR" };
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "The cluster. Default: KUBECONFIG, or ~/.kube/config.", HelpName = "FILE" };
        var ns = new Option<string>("--namespace", "-n") { Description = "The operator's namespace.", HelpName = "NAME", DefaultValueFactory = _ => "mesh-system" };
        var command = new Command("rotate", "Asks the operator for a new trust anchor. Takes effect by overlap: nothing fails meanwhile.") { state, kubeconfig, ns };
        command.SetAction((result, cancellationToken) =>
        {
            var request = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture);
            var output = result.InvocationConfiguration.Output;
            return result.GetValue(state) is { } folder
                ? AskInFolderAsync(folder, request, output, cancellationToken)
                : AskInClusterAsync(result.GetValue(kubeconfig), result.GetRequiredValue(ns), request, output, cancellationToken);
        });
        return command;
    }

    private static async Task<int> AskInFolderAsync(string state, string request, TextWriter output, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(state, IdentityFiles.Folder);
        if (!File.Exists(Path.Combine(folder, IdentityFiles.Anchors)))
        {
            throw new UsageException($"--state: {folder} has no trust anchors; expected the state directory of an operator that issues identities");
        }
        await File.WriteAllTextAsync(Path.Combine(folder, IdentityFiles.RotationRequest), request + "\n", cancellationToken);
        await output.WriteLineAsync("A rotation of the trust anchor is asked for. The operator's log says how far it is.");
        return ExitCode.Ok;
    }

    private static async Task<int> AskInClusterAsync(string? kubeconfig, string ns, string request, TextWriter output, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
            var patch = new { metadata = new { annotations = new Dictionary<string, string> { [IdentityNames.RotateAnnotation] = request } } };
            await client.CoreV1.PatchNamespacedSecretAsync(
                new V1Patch(KubernetesJson.Serialize(patch), V1Patch.PatchType.MergePatch), IdentityNames.Secret, ns, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception)
        {
            throw new UsageException($"Secret {ns}/{IdentityNames.Secret}: {exception.Response.StatusCode}: {exception.Response.Content}");
        }
        catch (Exception exception) when (exception is KubeConfigException or HttpRequestException)
        {
            throw new UsageException($"no cluster to ask: {exception.Message}");
        }
        await output.WriteLineAsync($"A rotation of the trust anchor is asked for, in Secret {ns}/{IdentityNames.Secret}. kubectl get meshconfig default -o yaml says how far it is (IdentityReady).");
        return ExitCode.Ok;
    }
}
