using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Tables;

/// <summary>The columns of the built-in kinds that have more than a name and an age.</summary>
internal static class BuiltInColumns
{
    private const string None = "<none>";

    public static readonly Column Name =
        new("Name", "string", (value, _) => value.Name(), "name", "Name must be unique within a namespace.");

    public static readonly Column Age =
        new("Age", "string", (value, now) => Tables.Age.Text(now - Created(value)), Description: "Time since creation.");

    public static readonly IReadOnlyList<Column> Default = [Name, Age];

    public static readonly IReadOnlyList<Column> Namespaces = [Name, Text("Status", value => value["status"].Text("phase")), Age];

    public static readonly IReadOnlyList<Column> CustomResourceDefinitions =
        [Name, Text("Created At", value => value["metadata"].Text("creationTimestamp"))];

    public static readonly IReadOnlyList<Column> Pods =
    [
        Name,
        Text("Ready", Ready),
        Text("Status", value => value.IsTerminating() ? "Terminating" : value["status"].Text("reason") ?? value["status"].Text("phase")),
        Text("Restarts", Restarts),
        Age,
        Text("IP", value => value["status"].Text("podIP") ?? None) with { Priority = 1 },
        Text("Node", value => value["spec"].Text("nodeName") ?? None) with { Priority = 1 },
    ];

    public static readonly IReadOnlyList<Column> Services =
    [
        Name,
        Text("Type", value => value["spec"].Text("type")),
        Text("Cluster-IP", value => value["spec"].Text("clusterIP") ?? None),
        Text("External-IP", value => value["spec"].Text("externalName") ?? None),
        Text("Port(s)", Ports),
        Age,
        Text("Selector", Selector) with { Priority = 1 },
    ];

    private static Column Text(string name, Func<JsonObject, string?> cell) => new(name, "string", (value, _) => cell(value));

    private static DateTimeOffset Created(JsonObject value) =>
        DateTimeOffset.Parse(value["metadata"].Text("creationTimestamp") ?? "", CultureInfo.InvariantCulture);

    private static string Ready(JsonObject pod)
    {
        var ready = pod["status"].Items("containerStatuses").Count(container => container["ready"]?.GetValue<bool>() is true);
        return $"{ready}/{pod["spec"].Items("containers").Count()}";
    }

    private static string Restarts(JsonObject pod)
    {
        var restarts = pod["status"].Items("containerStatuses").Sum(container => container["restartCount"]?.GetValue<long>() ?? 0);
        return restarts.ToString(CultureInfo.InvariantCulture);
    }

    private static string Ports(JsonObject service)
    {
        var ports = service["spec"].Items("ports").Select(port => $"{port["port"]}/{port.Text("protocol")}").ToList();
        return ports.Count == 0 ? None : string.Join(',', ports);
    }

    private static string Selector(JsonObject service) =>
        service["spec"]?["selector"] is JsonObject { Count: > 0 } selector
            ? string.Join(',', selector.Select(label => $"{label.Key}={label.Value}"))
            : None;
}
