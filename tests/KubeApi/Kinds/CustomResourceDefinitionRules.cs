using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Kinds;

/// <summary>A definition is served from the moment it's stored, so that it's Established at once.</summary>
internal sealed class CustomResourceDefinitionRules : KindRules
{
    public override void Default(JsonObject value)
    {
        if (value["spec"] is not JsonObject spec || spec["names"] is not JsonObject names || names.Text("kind") is not { } kind) return;
        names.Default("singular", kind.ToLowerInvariant());
        names.Default("listKind", $"{kind}List");
        spec.Default("conversion", new JsonObject { ["strategy"] = "None" });
    }

    public override void PrepareForCreate(JsonObject value, Snapshot stored)
    {
        var versions = value["spec"].Items("versions").Where(version => version["storage"]?.GetValue<bool>() is true).Select(version => JsonValue.Create(version.Text("name")));
        value["status"] = new JsonObject
        {
            ["acceptedNames"] = value["spec"]?["names"]?.DeepClone(),
            ["conditions"] = new JsonArray(Condition("NamesAccepted", "NoConflicts", "no conflicts found"), Condition("Established", "InitialNamesAccepted", "the initial names have been accepted")),
            ["storedVersions"] = new JsonArray([.. versions]),
        };
    }

    public override IEnumerable<StatusCause> Validate(JsonObject value, JsonObject? before)
    {
        var expected = $"{value["spec"]?["names"].Text("plural")}.{value["spec"].Text("group")}";
        if (value.Name() != expected)
        {
            yield return new("FieldValueInvalid", $"Invalid value: \"{value.Name()}\": must be spec.names.plural+\".\"+spec.group", "metadata.name");
        }

        if (value["spec"].Items("versions").Count(version => version["storage"]?.GetValue<bool>() is true) != 1)
        {
            yield return new("FieldValueInvalid", "Invalid value: must have exactly one version marked as storage version", "spec.versions");
        }

        foreach (var (version, i) in value["spec"].Items("versions").Select((version, i) => (version, i)))
        {
            if (version["schema"]?["openAPIV3Schema"] is null) yield return new("FieldValueRequired", "Required value: schemas are required", $"spec.versions[{i}].schema.openAPIV3Schema");
        }
    }

    private static JsonObject Condition(string type, string reason, string message) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = KubeObject.Timestamp(TimeProvider.System.GetUtcNow()),
        ["reason"] = reason,
        ["message"] = message,
    };
}
