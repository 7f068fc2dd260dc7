using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Writing;

/// <summary>The part of metadata that the server decides.</summary>
internal static partial class ObjectMetaRules
{
    // The letters that generated names end in: no vowels, so that no word is spelled by chance (apimachinery's util/rand).
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";

    private static readonly string[] ServerDecided =
        ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"];

    public static void Create(ResourceType type, JsonObject value, DateTimeOffset now)
    {
        var metadata = value.Metadata();
        foreach (var member in ServerDecided) metadata.Remove(member);
        metadata.Remove("resourceVersion");
        metadata.Remove("selfLink");
        if (value.Name().Length == 0 && metadata.Text("generateName") is { } prefix)
        {
            metadata["name"] = prefix + RandomNumberGenerator.GetString(NameLetters, 5);
        }

        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = KubeObject.Timestamp(now);
        if (type.CountsGeneration) metadata["generation"] = 1L;
    }

    public static void Update(JsonObject value, JsonObject before)
    {
        foreach (var member in ServerDecided) value.Metadata().CopyMember(before.Metadata(), member);
    }

    /// <summary>Counts one up where anything but metadata and status has changed.</summary>
    public static void CountGeneration(ResourceType type, JsonObject value, JsonObject before)
    {
        if (type.CountsGeneration && !JsonNode.DeepEquals(Desired(type, value), Desired(type, before)))
        {
            value.Metadata()["generation"] = before.Generation() + 1;
        }
    }

    public static IEnumerable<StatusCause> Validate(JsonObject value)
    {
        if (value.Name() is not { Length: > 0 } name)
        {
            yield return StatusCause.Required("metadata.name", "name or generateName is required");
        }
        else if (!PathSegment().IsMatch(name))
        {
            yield return StatusCause.Invalid("metadata.name", JsonText.Quote(name), "a name consists of alphanumeric characters, '-' or '.'");
        }
    }

    private static JsonObject Desired(ResourceType type, JsonObject value)
    {
        var desired = value.Clone();
        desired.Remove("metadata");
        desired.Remove("apiVersion");
        if (type.HasStatus) desired.Remove("status");
        return desired;
    }

    // RBAC's names may hold colons and capitals (system:masters), so that this is the loosest of the name rules.
    [GeneratedRegex(@"^[a-zA-Z0-9]([a-zA-Z0-9.:_-]{0,251}[a-zA-Z0-9])?$")]
    private static partial Regex PathSegment();
}
