using System.CommandLine;
using Mesh.Cli.Output;

namespace Mesh.Cli.Lint;

internal static class LintCommand
{
    private const string Table = "table";
    private const string Json = "json";

    public static Command Create(TextReader input)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Files, directories (all .yaml, .yml and .json beneath them), or - for standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var format = new Option<string>("--output", "-o")
        {
            Description = "How to print: table or json.",
            DefaultValueFactory = _ => Table,
        };
        format.AcceptOnlyFromAmong(Table, Json);
        var command = new Command("lint", "Checks manifests as the operator would. Exit code 0: no error, 1: errors, 2: wrong usage.") { paths, format };
        command.SetAction(result =>
        {
            var report = Linter.Lint(result.GetRequiredValue(paths).SelectMany(path => ManifestText.Open(path, input)));
            var output = result.InvocationConfiguration.Output;
            if (result.GetRequiredValue(format) == Json) report.WriteJson(output);
            else report.WriteTable(output);
            return report.Errors > 0 ? ExitCode.Problems : ExitCode.Ok;
        });
        return command;
    }
}
