using System.CommandLine;
using System.Globalization;
using Mesh.Api.Identity;
using Mesh.Cli.Cluster;
using Mesh.Cli.Output;

namespace Mesh.Cli.Identity;

internal static class IdentityCommand
{
    public static Command Create(Surroundings surroundings) => new("identity", "Works with the mesh's certificate authority.") { Rotate(surroundings) };

    private static Command Rotate(Surroundings surroundings)
    {
        var cluster = new ClusterOptions(surroundings.OpenCluster);
        var state = new Option<string?>("--state") { Description = "A standalone operator's state directory, as its own --state names it.", HelpName = "DIR" };
        var command = new Command("rotate", "Asks the operator for a new trust anchor. Takes effect by overlap: nothing fails meanwhile.") { state };
        cluster.AddTo(command);
        command.SetAction(result =>
        {
            var request = surroundings.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
            var said = result.GetValue(state) is { } folder
                ? AskInFolder(folder, request)
                : AskInCluster(cluster.Open(result), result.GetRequiredValue(cluster.Namespace), request);
            result.InvocationConfiguration.Output.WriteLine(said);
            return ExitCode.Ok;
        });
        return command;
    }

    private static string AskInFolder(string state, string request)
    {
        var folder = Path.Combine(state, IdentityFiles.Folder);
        if (!File.Exists(Path.Combine(folder, IdentityFiles.Anchors)))
        {
            throw new UsageException($"--state: {folder} has no trust anchors; expected the state directory of an operator that issues identities");
        }
        File.WriteAllText(Path.Combine(folder, IdentityFiles.RotationRequest), request + "\n");
        return "A rotation of the trust anchor is asked for. The operator's log says how far it is.";
    }

    private static string AskInCluster(ICluster cluster, string ns, string request)
    {
        cluster.Annotate("secret", IdentityNames.Secret, ns, IdentityNames.RotateAnnotation, request);
        return $"A rotation of the trust anchor is asked for, in Secret {ns}/{IdentityNames.Secret}. kubectl get meshconfig default -o yaml says how far it is (IdentityReady).";
    }
}
