using System.CommandLine;
using System.Reflection;
using Mesh.Cli.Output;

namespace Mesh.Cli;

internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Prints meshctl's version.");
        command.SetAction(result =>
        {
            var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            result.InvocationConfiguration.Output.WriteLine($"meshctl {version}");
            return ExitCode.Ok;
        });
        return command;
    }
}
