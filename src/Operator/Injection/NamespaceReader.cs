using System.Net;
using k8s;
using k8s.Autorest;

namespace Mesh.Operator.Injection;

/// <summary>
/// Asks the API server rather than our own state, which may lag behind it: a namespace is often made or annotated in the same
/// breath as its first pods.
/// </summary>
internal sealed class NamespaceReader(IKubernetes kubernetes) : INamespaceReader
{
    public async ValueTask<IDictionary<string, string>?> AnnotationsAsync(string name, CancellationToken cancellationToken)
    {
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
