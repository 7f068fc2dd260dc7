using System.Net;
using k8s;
using k8s.Autorest;
using Mesh.Operator.State;

namespace Mesh.Operator.Injection;

/// <summary>Our own state, and for what is not in it the API server: a policy often comes in the same file as its service.</summary>
internal sealed class ServiceReader(ClusterState state, IKubernetes kubernetes) : IServiceReader
{
    public async ValueTask<bool> ExistsAsync(NamespacedName name, CancellationToken cancellationToken)
    {
        if (state.Current.Services.ContainsKey(name)) return true;
        try
        {
            await kubernetes.CoreV1.ReadNamespacedServiceAsync(name.Name, name.Namespace, cancellationToken: cancellationToken);
            return true;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return false;
        }
    }
}
