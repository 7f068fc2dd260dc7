using System.CommandLine;
using Mesh.Cli.Cluster;
using Mesh.Cli.Output;

namespace Mesh.Cli.Check;

internal static class CheckCommand
{
    private static readonly IReadOnlyList<HealthCheck> AfterInstallation =
        [.. KubernetesChecks.All, .. DefinitionChecks.All, .. OperatorChecks.All, .. WebhookChecks.All, .. PodChecks.All];

    public static Command Create(Surroundings surroundings)
    {
        var cluster = new ClusterOptions(surroundings.OpenCluster);
        var before = new Option<bool>("--pre") { Description = "Whether the mesh can be installed here, rather than whether it is well." };
        var format = OutputFormat.Option();
        var command = new Command("check", "Checks the mesh, or with --pre a cluster that is to get it. Exit code 0: nothing failed, 1: something did, 2: wrong usage.") { before, format };
        cluster.AddTo(command);
        command.SetAction(result =>
        {
            var mesh = new MeshView(cluster.Open(result), result.GetRequiredValue(cluster.Namespace), surroundings.Version, surroundings.Time.GetUtcNow());
            var report = new CheckReport([.. CheckRun.Of(result.GetValue(before) ? KubernetesChecks.BeforeInstallation : AfterInstallation, mesh)]);
            report.Write(result.InvocationConfiguration.Output, result.GetRequiredValue(format), surroundings.Colours);
            return report.Failed > 0 ? ExitCode.Problems : ExitCode.Ok;
        });
        return command;
    }
}
