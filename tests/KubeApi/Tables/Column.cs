using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Tables;

/// <summary>A column of <c>kubectl get</c>; those of a priority above 0 show with <c>-o wide</c> only.</summary>
internal sealed record Column(
    string Name, string Type, Func<JsonObject, DateTimeOffset, JsonNode?> Cell, string Format = "", string Description = "", int Priority = 0);
