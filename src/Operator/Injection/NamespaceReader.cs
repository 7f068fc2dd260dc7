using System.Net;
using k8s;
using k8s.Autorest;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Injection;

/// <summary>
/// Where our own state says that the namespace asks, it does: else the API server, which selects by label, would hardly have asked us.
/// Otherwise that state may lag behind, and the API server is asked: a namespace is often made or annotated in the same breath as its
/// first pods.
/// </summary>
internal sealed class NamespaceReader(IKubernetes kubernetes, ClusterState state) : INamespaceReader
{
    public async ValueTask<IDictionary<string, string>?> AnnotationsAsync(string name, CancellationToken cancellationToken)
    {
        if (state.Current.Namespaces.GetValueOrDefault(name)?.Metadata.Annotations is { } known && known.TryGetValue(MeshApi.InjectAnnotation, out var wish) && wish == "true") return known;
        try
        {
            return (await kubernetes.CoreV1.ReadNamespaceAsync(name, cancellationToken: cancellationToken)).Metadata.Annotations;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
