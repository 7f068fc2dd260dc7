using System.CommandLine;
using System.Text.Json;
using Mesh.Cli.Cluster;
using Mesh.Cli.Output;

namespace Mesh.Cli.Auth;

internal static class AuthCommand
{
    private const string Table = "table";
    private const string Json = "json";

    public static Command Create(Surroundings surroundings, TextReader input) => new("auth", "Works with authorization.") { Check(surroundings, input) };

    private static Command Check(Surroundings surroundings, TextReader input)
    {
        var cluster = new ClusterOptions(surroundings.OpenCluster);
        var from = new Option<string?>("--from") { Description = "Who asks: NAMESPACE/SERVICE-ACCOUNT, or a SPIFFE id. Default: who proves no identity.", HelpName = "CALLER" };
        var address = new Option<string?>("--from-address") { Description = "Where the connection comes from. Default: not known.", HelpName = "ADDRESS" };
        var to = new Option<string>("--to") { Description = "What is asked: NAMESPACE/SERVICE, with :PORT where the service has several.", HelpName = "SERVICE", Required = true };
        var host = new Option<string?>("--host") { Description = "The request's host. Default: the service's name.", HelpName = "NAME" };
        var headers = new Option<string[]>("--header", "-H") { Description = "A header of the request; repeatable.", HelpName = "NAME=VALUE" };
        var claims = new Option<string?>("--claims") { Description = "The claims of its token, as a JSON object.", HelpName = "JSON" };
        var manifests = new Option<string[]>("--manifests", "-f") { Description = "Files or directories to read in place of a cluster, or - for standard input; repeatable.", HelpName = "PATH" };
        var format = new Option<string>("--output", "-o") { Description = "How to print: table or json.", DefaultValueFactory = _ => Table };
        format.AcceptOnlyFromAmong(Table, Json);
        var request = new Argument<string[]>("REQUEST") { Description = "METHOD PATH. Without them: a connection that is no HTTP.", Arity = new(0, 2) };
        var command = new Command("check", "Tells whether a caller may do something, and what decides. Exit code 0: it may, 1: it may not, 2: wrong usage, 3: the cluster could not be asked.")
        {
            request, from, address, to, host, headers, claims, manifests, format,
        };
        cluster.AddWithoutNamespaceTo(command);
        command.SetAction(result =>
        {
            var question = AuthQuestion.Read(
                result.GetValue(from), result.GetValue(address), result.GetRequiredValue(to), result.GetValue(request) ?? [],
                result.GetValue(host), result.GetValue(headers) ?? [], result.GetValue(claims));
            var objects = result.GetValue(manifests) is { Length: > 0 } paths
                ? AuthObjects.OfManifests(paths, input)
                : AuthObjects.OfCluster(cluster.Open(result), question.Namespace);
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            foreach (var warning in objects.Warnings) error.WriteLine($"warning: {warning}");
            var answers = AuthCheck.Answer(objects, question);
            if (result.GetRequiredValue(format) == Json) output.WriteLine(JsonSerializer.Serialize(answers, AuthJson.Readable.IReadOnlyListAuthAnswer));
            else Write(answers, output);
            return answers.All(answer => answer.Allowed) ? ExitCode.Ok : ExitCode.Problems;
        });
        return command;
    }

    private static void Write(IReadOnlyList<AuthAnswer> answers, TextWriter output)
    {
        foreach (var answer in answers)
        {
            output.WriteLine($"{(answer.Allowed ? "allowed" : "refused")}  {answer.Target}: {answer.Reason}");
            foreach (var remark in answer.Remarks) output.WriteLine($"         {remark}");
        }
    }
}
