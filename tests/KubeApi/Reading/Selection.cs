using System.Text.Json.Nodes;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Selectors;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Reading;

/// <summary>The objects that a request is about: of a resource, in a namespace, matching selectors.</summary>
internal sealed record Selection(string Resource, string Namespace, string? Name, LabelSelector Labels, FieldSelector Fields)
{
    public static Selection Of(ResourceRequest request) =>
        new(request.Type.StorageName, request.Namespace, request.Name, request.LabelSelector, request.FieldSelector);

    public IEnumerable<KeyValuePair<ObjectKey, JsonObject>> In(Snapshot snapshot) =>
        snapshot.Of(Resource).Where(entry => Concerns(entry.Key) && Matches(entry.Value));

    public bool Concerns(ObjectKey key) =>
        key.Resource == Resource && (Namespace.Length == 0 || key.Namespace == Namespace) && (Name is null || key.Name == Name);

    public bool Matches(JsonObject? value) => value is not null && Labels.Matches(value.Labels()) && Fields.Matches(value);
}
