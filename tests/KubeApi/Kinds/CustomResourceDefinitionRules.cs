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
        var versions = StorageVersions(value).Select(version => JsonValue.Create(version.Text("name")));
        value["status"] = new JsonObject
        {
            ["acceptedNames"] = value["spec"]?["names"]?.DeepClone(),
            ["conditions"] = new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted")),
            ["storedVersions"] = new JsonArray([.. versions]),
        };
    }

    public override IEnumerable<StatusCause> Validate(JsonObject value, JsonObject? before)
    {
        var expected = $"{value["spec"]?["names"].Text("plural")}.{value["spec"].Text("group")}";
        if (value.Name() != expected)
        {
            yield return StatusCause.Invalid("metadata.name", JsonText.Quote(value.Name()), "must be spec.names.plural+\".\"+spec.group");
        }

        if (StorageVersions(value).Count() is var count and not 1)
        {
            yield return StatusCause.Invalid("spec.versions", $"{count} storage versions", "must have exactly one version marked as storage version");
        }

        foreach (var (i, version) in value["spec"].Items("versions").Index())
        {
            if (version["schema"]?["openAPIV3Schema"] is not null) continue;
            yield return StatusCause.Required($"spec.versions[{i}].schema.openAPIV3Schema", "schemas are required");
        }
    }

    private static IEnumerable<JsonObject> StorageVersions(JsonObject value) =>
        value["spec"].Items("versions").Where(version => version["storage"]?.GetValue<bool>() is true);

    private static JsonObject Condition(string type, string reason, string message) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = KubeObject.Timestamp(TimeProvider.System.GetUtcNow()),
        ["reason"] = reason,
        ["message"] = message,
    };
}
