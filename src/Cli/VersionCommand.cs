using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;
using Mesh.Cli.Output;

namespace Mesh.Cli;

internal static class VersionCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var cluster = new ClusterOptions(surroundings.OpenCluster);
        var client = new Option<bool>("--client") { Description = "Only meshctl's own; no cluster is asked." };
        var format = OutputFormat.Option();
        var command = new Command("version", "Prints the versions of meshctl, of the operator and of the sidecars that run. Exit code 3: no cluster could be asked; meshctl's own is printed all the same.") { client, format };
        cluster.AddTo(command);
        command.SetAction(result =>
        {
            var versions = new JsonObject { ["meshctl"] = surroundings.Build };
            try
            {
                if (!result.GetValue(client)) Ask(cluster.Open(result), result.GetRequiredValue(cluster.Namespace), versions);
            }
            finally
            {
                Write(versions, result.GetRequiredValue(format), result.InvocationConfiguration.Output);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Ask(ICluster cluster, string ns, JsonObject versions)
    {
        versions["operator"] = cluster.Find("deployment", "mesh-operator", ns) is { } deployment ? Version(ProxyImages.OperatorImage(deployment)) : null;
        var sidecars = cluster.List("pods").Where(Pods.Run).Select(Sidecars.ImageOf).OfType<string>().CountBy(Version).OrderBy(version => version.Key, StringComparer.Ordinal);
        versions["sidecars"] = new JsonArray([.. sidecars.Select(version => (JsonNode)new JsonObject { ["version"] = version.Key, ["pods"] = version.Value })]);
    }

    // Of an image without a tag nothing else is known.
    private static string Version(string image) => ProxyImages.Tag(image) is { Length: > 0 } tag ? tag : image;

    private static void Write(JsonObject versions, string format, TextWriter output)
    {
        if (format != OutputFormat.Table)
        {
            OutputFormat.Write(versions, format, output);
            return;
        }
        output.WriteLine($"meshctl {versions.Text("meshctl")}");
        if (!versions.ContainsKey("sidecars")) return;
        output.WriteLine(versions["operator"] is null ? "operator not installed" : $"operator {versions.Text("operator")}");
        foreach (var sidecar in versions.Objects("sidecars")) output.WriteLine($"sidecars {sidecar.Text("version")} ({sidecar["pods"]} pod{((int)sidecar["pods"]! == 1 ? "" : "s")})");
    }
}
