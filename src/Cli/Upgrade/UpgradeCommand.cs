using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;
using Mesh.Cli.Output;

namespace Mesh.Cli.Upgrade;

internal static class UpgradeCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var cluster = new ClusterOptions(surroundings.OpenCluster);
        var restart = new Option<bool>("--restart") { Description = "Restart them, one workload after the other, each as its own strategy has it; stops at the first that doesn't become ready." };
        var timeout = new Option<int>("--timeout") { Description = "With --restart: how long to wait for each, in seconds.", HelpName = "SECONDS", DefaultValueFactory = _ => 600 };
        var format = OutputFormat.Option();
        var command = new Command("upgrade", "Lists the workloads whose sidecars are of another version than the operator gives new pods. Exit code 0: none, or all restarted, 1: some.") { restart, timeout, format };
        cluster.AddTo(command);
        command.SetAction(result =>
        {
            var (mesh, ns) = (cluster.Open(result), result.GetRequiredValue(cluster.Namespace));
            var deployment = mesh.Find("deployment", "mesh-operator", ns) ?? throw new ClusterException($"found no Deployment {ns}/mesh-operator: meshctl check");
            var expected = ProxyImages.Expected(mesh, deployment);
            var outdated = Find(mesh, expected);
            var output = result.InvocationConfiguration.Output;
            if (!result.GetValue(restart))
            {
                Write(outdated, expected, result.GetRequiredValue(format), output);
                return outdated.Count > 0 ? ExitCode.Problems : ExitCode.Ok;
            }
            return Restart(mesh, outdated, TimeSpan.FromSeconds(result.GetValue(timeout)), output);
        });
        return command;
    }

    private static IReadOnlyList<OutdatedWorkload> Find(ICluster cluster, string expected) =>
    [
        .. from pod in cluster.List("pods")
           where Pods.Run(pod) && Sidecars.IsOutdated(pod, expected)
           group pod by Workload.Of(pod) into pods
           orderby pods.Key.Namespace, pods.Key.Kind, pods.Key.Name
           select new OutdatedWorkload(pods.Key, pods.Count(), [.. pods.Select(pod => Sidecars.ImageOf(pod)!).Distinct()]),
    ];

    private static int Restart(ICluster cluster, IReadOnlyList<OutdatedWorkload> outdated, TimeSpan timeout, TextWriter output)
    {
        foreach (var (workload, pods, _) in outdated.Where(o => o.Workload.CanRestart))
        {
            output.WriteLine($"restarting {workload} in {workload.Namespace} ({pods} pod{(pods == 1 ? "" : "s")})");
            cluster.Restart(workload, timeout);
        }
        OutdatedWorkload[] left = [.. outdated.Where(o => !o.Workload.CanRestart)];
        foreach (var (workload, _, _) in left) output.WriteLine($"left as it is: {workload} in {workload.Namespace}, which nothing would make anew");
        return left.Length > 0 ? ExitCode.Problems : ExitCode.Ok;
    }

    private static void Write(IReadOnlyList<OutdatedWorkload> outdated, string expected, string format, TextWriter output)
    {
        if (format != OutputFormat.Table)
        {
            var json = new JsonObject { ["expected"] = expected, ["workloads"] = new JsonArray([.. outdated.Select(o => (JsonNode)Json(o))]) };
            OutputFormat.Write(json, format, output);
            return;
        }
        if (outdated.Count == 0)
        {
            output.WriteLine($"All sidecars are of {expected}.");
            return;
        }
        var table = new TextTable("NAMESPACE", "WORKLOAD", "PODS", "SIDECAR", "EXPECTED");
        foreach (var (workload, pods, images) in outdated) table.Add(workload.Namespace, workload.ToString(), $"{pods}", string.Join(',', images), expected);
        table.Write(output);
    }

    private static JsonObject Json(OutdatedWorkload outdated) => new()
    {
        ["namespace"] = outdated.Workload.Namespace,
        ["kind"] = outdated.Workload.Kind,
        ["name"] = outdated.Workload.Name,
        ["pods"] = outdated.Pods,
        ["images"] = new JsonArray([.. outdated.Images.Select(image => (JsonNode)image)]),
        ["restartable"] = outdated.Workload.CanRestart,
    };
}
