using System.CommandLine;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Injection;
using Mesh.Api.Resources;
using Mesh.Cli.Cluster;
using Mesh.Cli.Output;

namespace Mesh.Cli.Injection;

internal static class InjectCommand
{
    // Whoever runs inject asks for sidecars; a pod that says no is heard all the same.
    private static readonly Dictionary<string, string> AskedFor = new() { [MeshApi.InjectAnnotation] = "true" };

    public static Command Create(Surroundings surroundings, TextReader input)
    {
        var cluster = new ClusterOptions(surroundings.OpenCluster);
        var sidecar = new SidecarChoice();
        var paths = Paths();
        var command = new Command("inject", "Puts sidecars into manifests, as the webhook would, and prints them: meshctl inject shop.yaml | kubectl apply -f -. Exit code 1: a pod was refused.") { paths };
        sidecar.AddTo(command);
        cluster.AddTo(command);
        command.SetAction(result =>
        {
            var options = sidecar.Options(result, cluster);
            var refused = 0;
            var error = result.InvocationConfiguration.Error;
            var manifests = ManifestEditing.Run(result.GetRequiredValue(paths), input, (manifest, pod) => refused += Inject(manifest, pod, options, error) ? 0 : 1);
            // Half of what was asked for must not pass for the whole in a pipe.
            if (refused > 0) return ExitCode.Problems;
            result.InvocationConfiguration.Output.Write(manifests);
            return ExitCode.Ok;
        });
        return command;
    }

    public static Argument<string[]> Paths() => new("FILE")
    {
        Description = "Files, directories (all .yaml, .yml and .json beneath them), or - for standard input.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <returns>False where the pod is refused.</returns>
    private static bool Inject(JsonObject manifest, JsonObject pod, SidecarOptions options, TextWriter error)
    {
        var name = PodTemplates.Name(manifest);
        var ns = manifest.Text("metadata", "namespace") is { Length: > 0 } given ? given : "default";
        var decision = PodInjector.Decide(KubernetesJson.Deserialize<V1Pod>(pod.ToJsonString()), ns, AskedFor, options);
        switch (decision)
        {
            case InjectionDecision.Inject inject:
                JsonPatching.Apply(pod, inject.Patch);
                foreach (var warning in inject.Warnings) error.WriteLine($"{name}: {warning}");
                error.WriteLine($"{name}: injected");
                return true;
            case InjectionDecision.LeaveAlone reason:
                error.WriteLine($"{name}: left alone: {reason.Reason}");
                return true;
            case InjectionDecision.Deny deny:
                foreach (var reason in deny.Reasons) error.WriteLine($"{name}: refused: {reason}");
                return false;
            default:
                throw new InvalidOperationException($"No answer to {decision}.");
        }
    }
}
