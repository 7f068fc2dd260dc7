using System.CommandLine;
using Mesh.Cli.Auth;
using Mesh.Cli.Check;
using Mesh.Cli.Cluster;
using Mesh.Cli.Completion;
using Mesh.Cli.Identity;
using Mesh.Cli.Injection;
using Mesh.Cli.Installation;
using Mesh.Cli.Lint;
using Mesh.Cli.Output;
using Mesh.Cli.Status;
using Mesh.Cli.Upgrade;

namespace Mesh.Cli;

/// <summary>meshctl: its commands, and what they share.</summary>
internal static class Meshctl
{
    public static int Run(IReadOnlyList<string> arguments, TextReader input, TextWriter output, TextWriter error, Surroundings? surroundings = null)
    {
        var root = Create(input, surroundings ?? new());
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var mistake in parsed.Errors) error.WriteLine($"error: {mistake.Message}");
            error.WriteLine("Run 'meshctl --help', or --help after a command, for usage.");
            return ExitCode.Usage;
        }
        try
        {
            return parsed.Invoke(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (ClusterException e)
        {
            error.WriteLine($"error: {e.Message}");
            return ExitCode.Cluster;
        }
        catch (Exception e) when (e is UsageException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"error: {e.Message}");
            return ExitCode.Usage;
        }
    }

    public static RootCommand Create(TextReader input, Surroundings surroundings) =>
        new("Works with the mesh from the command line.")
        {
            AuthCommand.Create(surroundings, input),
            CheckCommand.Create(surroundings),
            CompletionCommand.Create(),
            IdentityCommand.Create(surroundings),
            InjectCommand.Create(surroundings, input),
            InstallCommand.Create(surroundings),
            LintCommand.Create(input),
            StatusCommand.Create(),
            UninjectCommand.Create(input),
            UninstallCommand.Create(surroundings),
            UpgradeCommand.Create(surroundings),
            VersionCommand.Create(surroundings),
        };
}
