using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Mesh.Api.Resources.Schema;
using Mesh.Api.Resources.Yaml;

namespace Mesh.Api.Resources;

/// <summary>One file being read: what has been found in it so far.</summary>
[RequiresUnreferencedCode(ModelSchema.Reason)]
internal sealed partial class ManifestFileReading(string file)
{
    private readonly List<IKubernetesObject<V1ObjectMeta>> _objects = [];
    private readonly List<ManifestError> _errors = [];
    private readonly List<ObjectKey> _refused = [];
    private readonly List<AuthorizationPolicy> _unreadable = [];
    private readonly List<ObjectKey> _ignored = [];
    private readonly Dictionary<ObjectKey, int> _firstLines = [];
    private bool _isComplete = true;

    public ManifestFile Result() => new()
    {
        Objects = _objects,
        Errors = _errors,
        Refused = _refused,
        Unreadable = _unreadable,
        Lines = _firstLines,
        Ignored = _ignored,
        IsComplete = _isComplete,
    };

    public void ReadAll(string text)
    {
        foreach (var (chunk, line) in YamlChunks.Split(text))
        {
            try
            {
                foreach (var document in YamlReader.Read(chunk, line))
                {
                    if (document.Root is not null) ReadObject(document, document.Root, "");
                }
            }
            catch (ManifestYamlException e)
            {
                _errors.Add(new(file, e.Line, null, e.Message));
                _isComplete = false;
            }
        }
    }

    private void ReadObject(YamlDocument document, JsonNode? node, string path)
    {
        if (node is not JsonObject fields)
        {
            RefuseUnidentified(document, path, new(path, JsonText.Of(node), "an object with apiVersion, kind and metadata"));
            return;
        }
        if (Text(fields, "apiVersion") is not { } apiVersion)
        {
            RefuseUnidentified(document, path, Missing(fields, "apiVersion", path, "the kind's group and version"));
            return;
        }
        if (Text(fields, "kind") is not { } kindName)
        {
            RefuseUnidentified(document, path, Missing(fields, "kind", path, "the object's kind"));
            return;
        }
        if (apiVersion == "v1" && kindName == "List") ReadList(document, fields, path);
        else if (ManifestKind.All.FirstOrDefault(k => k.ApiVersion == apiVersion && k.Kind == kindName) is { } kind) ReadKnown(document, fields, path, kind);
        else if (apiVersion.StartsWith($"{MeshApi.Group}/", StringComparison.Ordinal)) RefuseUnknownKind(document, fields, path, apiVersion, kindName);
        else _ignored.Add(Identify(fields, kindName, isNamespaced: true) ?? new(kindName, "", ""));
    }

    private void ReadList(YamlDocument document, JsonObject list, string path)
    {
        var itemsPath = FieldPath.Append(path, "items");
        if (list["items"] is not JsonArray items)
        {
            RefuseUnidentified(document, path, new(itemsPath, list["items"] is null ? null : JsonText.Of(list["items"]), "a list"));
            return;
        }
        for (var i = 0; i < items.Count; i++) ReadObject(document, items[i], FieldPath.Append(itemsPath, i));
    }

    private void RefuseUnknownKind(YamlDocument document, JsonObject fields, string path, string apiVersion, string kindName)
    {
        string[] kinds = [.. ManifestKind.All.Where(k => k.ApiVersion == MeshApi.GroupVersion).Select(k => k.Kind)];
        var own = $"{string.Join(", ", kinds[..^1])} or {kinds[^1]}";
        var error = apiVersion == MeshApi.GroupVersion
            ? new FieldError(FieldPath.Append(path, "kind"), kindName, own)
            : new FieldError(FieldPath.Append(path, "apiVersion"), apiVersion, MeshApi.GroupVersion);
        var known = ManifestKind.All.FirstOrDefault(k => k.Kind == kindName);
        if (known is not null && Identify(fields, kindName, known.IsNamespaced) is { } key)
        {
            _firstLines.TryAdd(key, document.LineOf(path));
            Refuse(document, path, key, fields, [error]);
        }
        else RefuseUnidentified(document, path, error);
    }

    private void ReadKnown(YamlDocument document, JsonObject fields, string path, ManifestKind kind)
    {
        if (Identify(fields, kind.Kind, kind.IsNamespaced) is not { } key)
        {
            var metadata = fields["metadata"] as JsonObject;
            var error = metadata is null
                ? Missing(fields, "metadata", path, "an object with a name")
                : Missing(metadata, "name", FieldPath.Append(path, "metadata"), "the object's name");
            RefuseUnidentified(document, path, error, kind.Kind);
            return;
        }
        if (!_firstLines.TryAdd(key, document.LineOf(path)))
        {
            var repeated = new FieldError("metadata.name", $"{key} a second time (first in line {_firstLines[key]})", "each object once");
            AddErrors(document, path, key.ToString(), [repeated]);
            return;
        }
        SchemaDefaults.Apply(kind.Schema, fields);
        var errors = CheckNames(key, kind).Concat(SchemaValidator.Validate(kind.Schema, fields, "")).ToArray();
        if (errors.Length > 0) Refuse(document, path, key, fields, errors);
        else Deserialize(document, fields, path, kind, key);
    }

    private void Deserialize(YamlDocument document, JsonObject fields, string path, ManifestKind kind, ObjectKey key)
    {
        try
        {
            var (resource, errors) = kind.Read(fields);
            // kubectl writes to the namespace "default" what names none.
            if (kind.IsNamespaced) resource.Metadata.NamespaceProperty = key.Namespace;
            if (errors.Count > 0) Refuse(document, path, key, fields, errors);
            else _objects.Add(resource);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NotSupportedException)
        {
            var field = (e as JsonException)?.Path?.TrimStart('$', '.') ?? "";
            Refuse(document, path, key, fields, [new(field, "a value that can't be read", e.InnerException?.Message ?? e.Message)]);
        }
    }

    private static IEnumerable<FieldError> CheckNames(ObjectKey key, ManifestKind kind)
    {
        if (!Subdomain().IsMatch(key.Name) || key.Name.Length > 253)
            yield return new("metadata.name", $"\"{key.Name}\"", "lower-case letters, digits, - and ., at most 253 characters");
        if (kind.IsNamespaced && (!Label().IsMatch(key.Namespace) || key.Namespace.Length > 63))
            yield return new("metadata.namespace", $"\"{key.Namespace}\"", "lower-case letters, digits and -, at most 63 characters");
    }

    private static ObjectKey? Identify(JsonObject fields, string kind, bool isNamespaced)
    {
        if (fields["metadata"] is not JsonObject metadata || Text(metadata, "name") is not { } name) return null;
        return new(kind, isNamespaced ? Text(metadata, "namespace") ?? "default" : "", name);
    }

    private static string? Text(JsonObject fields, string name) =>
        fields[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static FieldError Missing(JsonObject fields, string name, string path, string expected) =>
        new(FieldPath.Append(path, name), fields[name] is { } found ? JsonText.Of(found) : null, expected);

    private void Refuse(YamlDocument document, string path, ObjectKey key, JsonObject fields, IReadOnlyList<FieldError> errors)
    {
        _refused.Add(key);
        if (key.Kind == AuthorizationPolicy.KubeKind)
        {
            var metadata = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace };
            _unreadable.Add(UnreadablePolicy.TargetsOf(new() { ["metadata"] = metadata, ["spec"] = fields["spec"]?.DeepClone() }, errors));
        }
        AddErrors(document, path, key.ToString(), errors);
    }

    private void RefuseUnidentified(YamlDocument document, string path, FieldError error, string? kind = null)
    {
        _isComplete = false;
        _errors.Add(new(file, document.LineOf(error.Path.Length > 0 ? error.Path : path), kind, error.ToString()));
    }

    // Errors name fields from the object's root, lines are kept from the document's: they differ within a List.
    private void AddErrors(YamlDocument document, string path, string name, IReadOnlyList<FieldError> errors)
    {
        foreach (var error in errors)
        {
            var documentPath = path.Length == 0 ? error.Path : error.Path.Length == 0 ? path : $"{path}.{error.Path}";
            _errors.Add(new(file, document.LineOf(documentPath), name, error.ToString()));
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();
}
