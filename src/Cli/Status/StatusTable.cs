using System.Text.Json.Nodes;
using Mesh.Api.Resources;
using Mesh.Cli.Output;

namespace Mesh.Cli.Status;

internal static class StatusTable
{
    public static void Write(IEnumerable<JsonObject> resources, TextWriter output)
    {
        var table = new TextTable("KIND", "NAMESPACE", "NAME", "ACCEPTED", "RESOLVEDREFS", "PROGRAMMED", "MESSAGE");
        foreach (var resource in resources)
        {
            var conditions = resource["status"]?["conditions"] as JsonArray ?? [];
            table.Add(
                Text(resource["kind"]),
                Text(resource["metadata"]?["namespace"]),
                Text(resource["metadata"]?["name"]),
                Text(Find(conditions, ConditionTypes.Accepted)?["status"]),
                Text(Find(conditions, ConditionTypes.ResolvedRefs)?["status"]),
                Text(Find(conditions, ConditionTypes.Programmed)?["status"]),
                Message(conditions));
        }
        table.Write(output);
    }

    // What needs attention comes before what is well: a condition that should hold and doesn't, a conflict, then the proxies' count.
    private static string Message(JsonArray conditions)
    {
        var wrong = new[] { ConditionTypes.Accepted, ConditionTypes.ResolvedRefs, ConditionTypes.Programmed }
            .Select(type => Find(conditions, type))
            .FirstOrDefault(condition => condition is not null && Text(condition["status"]) != "True");
        var conflict = Find(conditions, ConditionTypes.Conflicted) is { } c && Text(c["status"]) == "True" ? c : null;
        return Text((wrong ?? conflict ?? Find(conditions, ConditionTypes.Programmed))?["message"]);
    }

    private static JsonObject? Find(JsonArray conditions, string type) =>
        conditions.OfType<JsonObject>().FirstOrDefault(c => Text(c["type"]) == type);

    private static string Text(JsonNode? value) =>
        value is JsonValue scalar && scalar.ToString().ReplaceLineEndings(" ") is { Length: > 0 } text ? text : "-";
}
