using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;
using Mesh.Cli.Output;

namespace Mesh.Cli.Installation;

internal static class UninstallCommand
{
    // Without these the cluster runs on: what is left of them only keeps it from creating pods and policies.
    private static readonly string[] First = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

    public static Command Create(Surroundings surroundings)
    {
        var cluster = new ClusterOptions(surroundings.OpenCluster);
        var purge = new Option<bool>("--purge") { Description = "The definitions of the mesh's kinds, too, and with them every policy in the cluster." };
        var format = InstallCommand.Format();
        var command = new Command("uninstall", "Removes the mesh; running pods keep their sidecars and go on. With -o yaml or json it prints what kubectl delete would take.") { purge, format };
        cluster.AddTo(command);
        command.SetAction(result =>
        {
            var choices = new InstallationChoices { Namespace = result.GetRequiredValue(cluster.Namespace), HighlyAvailable = true, Cni = true };
            var manifests = Removal(choices, result.GetValue(purge));
            var output = result.InvocationConfiguration.Output;
            if (InstallCommand.Print(manifests, result.GetRequiredValue(format), output)) return ExitCode.Ok;
            var opened = cluster.Open(result);
            output.Write(opened.Delete(YamlText.Of(MeshManifests.KnownTo(opened.ServerVersion(), manifests))));
            return ExitCode.Ok;
        });
        return command;
    }

    // Policies and MeshConfig are their authors', and stay until their definitions go.
    private static IReadOnlyList<JsonObject> Removal(InstallationChoices choices, bool purge) =>
    [
        .. MeshManifests.Of(choices).Reverse()
            .Where(o => o.Text("kind") != "MeshConfig" && (purge || o.Text("kind") != "CustomResourceDefinition"))
            .OrderBy(o => First.Contains(o.Text("kind")) ? 0 : 1)
            .Select(o => new JsonObject { ["apiVersion"] = o.Text("apiVersion"), ["kind"] = o.Text("kind"), ["metadata"] = Name(o) }),
    ];

    private static JsonObject Name(JsonObject o)
    {
        var name = new JsonObject { ["name"] = o.Text("metadata", "name") };
        if (o.Text("metadata", "namespace") is { Length: > 0 } ns) name["namespace"] = ns;
        return name;
    }
}
