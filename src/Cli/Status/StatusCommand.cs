using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;

namespace Mesh.Cli.Status;

internal static class StatusCommand
{
    private const string Table = "table";
    private const string Json = "json";
    private const string Yaml = "yaml";

    public static Command Create()
    {
        var state = new Option<string>("--state")
        {
            Description = "The operator's state directory, as its own --state names it.",
            HelpName = "DIR",
            Required = true,
        };
        var format = new Option<string>("--output", "-o")
        {
            Description = "How to print: table, json or yaml.",
            DefaultValueFactory = _ => Table,
        };
        format.AcceptOnlyFromAmong(Table, Json, Yaml);
        var command = new Command("status", "Prints what has become of the resources that a standalone operator reads.") { state, format };
        command.SetAction(result =>
        {
            var files = StatusFile.ReadAll(result.GetRequiredValue(state));
            var errors = ManifestErrors.Read(result.GetRequiredValue(state));
            var output = result.InvocationConfiguration.Output;
            switch (result.GetRequiredValue(format))
            {
                case Json: output.WriteLine(List(files)); break;
                case Yaml: output.Write(string.Join("---\n", files.Select(f => f.Text.TrimEnd() + "\n"))); break;
                default: WriteTable(files, output); break;
            }
            WriteErrors(errors, output, result.InvocationConfiguration.Error, isTable: result.GetRequiredValue(format) == Table);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void WriteTable(IReadOnlyList<StatusFile> files, TextWriter output)
    {
        if (files.Count == 0)
        {
            output.WriteLine("No resources found.");
            return;
        }
        StatusTable.Write(files.Select(f => f.Resource), output);
    }

    // Beneath the table, for people; for a program that reads the output on stderr, as kubectl's warnings are.
    private static void WriteErrors(IReadOnlyList<string> errors, TextWriter output, TextWriter stderr, bool isTable)
    {
        if (errors.Count == 0) return;
        if (isTable) output.WriteLine("\nMANIFEST ERRORS (what was read last stays in force)");
        foreach (var error in errors) (isTable ? output : stderr).WriteLine(isTable ? error : $"warning: {error}");
    }

    // As kubectl get -o json prints several objects.
    private static string List(IReadOnlyList<StatusFile> files)
    {
        var list = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "List",
            ["items"] = new JsonArray([.. files.Select(f => (JsonNode)f.Resource)]),
        };
        return list.ToJsonString(ReadableJson.Options);
    }
}
