using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;
using Mesh.Cli.Output;

namespace Mesh.Cli.Installation;

internal static class InstallCommand
{
    private const string Apply = "apply";

    // Images may have to be pulled first.
    private static readonly TimeSpan RolloutTimeout = TimeSpan.FromMinutes(5);

    public static Command Create(Surroundings surroundings)
    {
        var cluster = new ClusterOptions(surroundings.OpenCluster);
        var highlyAvailable = new Option<bool>("--ha") { Description = "Three operators, spread over nodes and zones; pods that ask for a sidecar wait for one." };
        var cni = new Option<bool>("--cni") { Description = "The CNI plugin on each node, for pods that may not have NET_ADMIN." };
        var registry = new Option<string?>("--registry") { Description = "Where images come from: registry.example/platform. Default: by their names alone.", HelpName = "HOST/PATH" };
        var tag = new Option<string?>("--tag") { Description = "The images' tag. Default: meshctl's version.", HelpName = "TAG" };
        var definitions = new Option<bool>("--definitions") { Description = "The definitions of the mesh's kinds only." };
        var format = Format();
        var command = new Command("install", "Installs the mesh, or brings an installation up to meshctl's version; with -o yaml or json it prints what kubectl apply would take.")
        {
            highlyAvailable, cni, registry, tag, definitions, format,
        };
        cluster.AddTo(command);
        command.SetAction(result =>
        {
            var choices = new InstallationChoices
            {
                Namespace = result.GetRequiredValue(cluster.Namespace),
                HighlyAvailable = result.GetValue(highlyAvailable),
                Cni = result.GetValue(cni),
                Registry = result.GetValue(registry),
                Tag = result.GetValue(tag),
            };
            var manifests = result.GetValue(definitions) ? MeshManifests.Definitions : MeshManifests.Of(choices);
            var output = result.InvocationConfiguration.Output;
            if (Print(manifests, result.GetRequiredValue(format), output)) return ExitCode.Ok;
            var opened = cluster.Open(result);
            Install(opened, MeshManifests.KnownTo(opened.ServerVersion(), manifests), choices.Namespace, output);
            return ExitCode.Ok;
        });
        return command;
    }

    public static Option<string> Format()
    {
        var option = new Option<string>("--output", "-o") { Description = "apply: do it. yaml or json: print it.", DefaultValueFactory = _ => Apply };
        option.AcceptOnlyFromAmong(Apply, OutputFormat.Yaml, OutputFormat.Json);
        return option;
    }

    /// <returns>False where it is to be done rather than printed.</returns>
    public static bool Print(IReadOnlyList<JsonObject> manifests, string format, TextWriter output)
    {
        if (format == OutputFormat.Yaml) output.Write(YamlText.Of(manifests));
        else if (format == OutputFormat.Json) output.WriteLine(List(manifests).ToJsonString(ReadableJson.Options));
        return format != Apply;
    }

    // Definitions first, and what depends on them once they are served.
    private static void Install(ICluster cluster, IReadOnlyList<JsonObject> manifests, string ns, TextWriter output)
    {
        foreach (var part in manifests.GroupBy(o => o.Text("kind") is "Namespace" or "PriorityClass" or "CustomResourceDefinition").OrderByDescending(part => part.Key))
            output.Write(cluster.Apply(YamlText.Of(part)));
        if (manifests.All(o => o.Text("kind") != "Deployment")) return;
        output.WriteLine("waiting for the operator");
        cluster.AwaitRollout(new Workload(ns, "Deployment", "mesh-operator"), RolloutTimeout);
        output.WriteLine("the operator is ready: meshctl check");
    }

    private static JsonObject List(IEnumerable<JsonObject> items) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "List",
        ["items"] = new JsonArray([.. items.Select(item => item.DeepClone())]),
    };
}
