using System.CommandLine;
using Mesh.Cli.Output;

namespace Mesh.Cli.Injection;

internal static class UninjectCommand
{
    public static Command Create(TextReader input)
    {
        var paths = InjectCommand.Paths();
        var command = new Command("uninject", "Takes the sidecars out of manifests again, and prints them: kubectl get deploy -o yaml | meshctl uninject - | kubectl apply -f -.") { paths };
        command.SetAction(result =>
        {
            var error = result.InvocationConfiguration.Error;
            result.InvocationConfiguration.Output.Write(ManifestEditing.Run(result.GetRequiredValue(paths), input, (manifest, pod) =>
            {
                var removed = SidecarRemoval.From(pod);
                error.WriteLine($"{PodTemplates.Name(manifest)}: {(removed ? "sidecar removed" : "left alone: it has no sidecar")}");
            }));
            return ExitCode.Ok;
        });
        return command;
    }
}
