using System.Globalization;
using System.Text.Json;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>
/// All files' objects as one: finds what changed since it was last asked, and counts generations as an API server would. Not safe
/// for more than one thread.
/// </summary>
internal sealed class ManifestInventory
{
    private readonly Dictionary<ObjectKey, Item> _items = [];
    private bool _listed;

    /// <summary>What to tell the state, and what is wrong across files: where two define one object, the first path has it.</summary>
    public (IReadOnlyList<ResourceChange> Changes, IReadOnlyList<ManifestError> Errors) Update(IReadOnlyCollection<ManifestFileState> files)
    {
        var errors = new List<ManifestError>();
        var owners = new Dictionary<ObjectKey, ManifestFileState>();
        foreach (var file in files)
        {
            errors.AddRange(file.Errors);
            foreach (var key in file.LastGood.Keys.Concat(file.Refused.Keys).Distinct())
            {
                if (!owners.TryAdd(key, file)) errors.Add(Repeated(key, file, owners[key]));
            }
        }

        var changes = new List<ResourceChange>();
        foreach (var key in _items.Keys.Where(key => !owners.TryGetValue(key, out var owner) || !owner.LastGood.ContainsKey(key)).ToList())
        {
            _items.Remove(key);
            changes.Add(new ResourceChange.Delete(KindOf(key), new(key.Namespace, key.Name)));
        }
        foreach (var (key, owner) in owners)
        {
            if (owner.LastGood.TryGetValue(key, out var resource)) Update(key, resource, owner.Refused.GetValueOrDefault(key) ?? [], changes);
        }
        return (_listed ? changes : List(changes), errors);
    }

    private static ManifestError Repeated(ObjectKey key, ManifestFileState file, ManifestFileState owner) => new(
        file.Path,
        file.Lines.GetValueOrDefault(key, 1),
        key.ToString(),
        string.Create(CultureInfo.InvariantCulture, $"found a second definition, expected none beside {owner.Path}:{owner.Lines.GetValueOrDefault(key, 1)}, which counts"));

    private void Update(ObjectKey key, IKubernetesObject<V1ObjectMeta> resource, IReadOnlyList<string> refused, List<ResourceChange> changes)
    {
        var before = _items.GetValueOrDefault(key);
        var same = before is not null && ReferenceEquals(before.Source, resource) ? before : null;
        if (same is null)
        {
            var (content, spec) = (KubernetesJson.Serialize(resource), Spec(resource));
            if (before is not null && before.Content == content) same = before with { Source = resource };
            else
            {
                resource.Metadata.Generation = before is null ? 1 : before.Spec == spec ? before.Resource.Metadata.Generation : before.Resource.Metadata.Generation + 1;
                changes.Add(new ResourceChange.Upsert(resource));
                _items[key] = new(resource, resource, content, spec, refused);
            }
        }
        if (same is not null)
        {
            if (same.Refused.Count > 0 && refused.Count == 0) changes.Add(new ResourceChange.Upsert(same.Resource));
            _items[key] = same with { Refused = refused };
        }
        if (refused.Count > 0 && !(before?.Refused.SequenceEqual(refused) ?? false)) changes.Add(new ResourceChange.Reject(KindOf(key), new(key.Namespace, key.Name), refused));
    }

    /// <summary>The first time, everything is said to be all there is, so that the state knows that nothing more is to come.</summary>
    private IReadOnlyList<ResourceChange> List(List<ResourceChange> changes)
    {
        _listed = true;
        var found = changes.OfType<ResourceChange.Upsert>().ToLookup(upsert => ResourceKinds.Of(upsert.Resource), upsert => upsert.Resource);
        return [.. ResourceKinds.All.Select(kind => new ResourceChange.ReplaceAll(kind, [.. found[kind]])), .. changes.OfType<ResourceChange.Reject>()];
    }

    private static ResourceKind KindOf(ObjectKey key) => Enum.Parse<ResourceKind>(key.Kind);

    private static string Spec(IKubernetesObject<V1ObjectMeta> resource) => resource switch
    {
        TrafficPolicy policy => JsonSerializer.Serialize(policy.Spec),
        AuthorizationPolicy policy => JsonSerializer.Serialize(policy.Spec),
        MeshConfig config => JsonSerializer.Serialize(config.Spec),
        _ => "",
    };

    // Resource is what the state has; Source is what was read last, another object with the same content.
    private sealed record Item(
        IKubernetesObject<V1ObjectMeta> Resource, IKubernetesObject<V1ObjectMeta> Source, string Content, string Spec, IReadOnlyList<string> Refused);
}
