using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Mesh.Operator;

/// <summary>A ConfigMap that all replicas read and write.</summary>
internal sealed class SharedConfigMap(IKubernetes kubernetes, string @namespace, string name)
{
    // Others write at the same time: who was slower reads and writes again.
    private const int Tries = 8;

    /// <returns>Null where there is none.</returns>
    public async Task<V1ConfigMap?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await kubernetes.CoreV1.ReadNamespacedConfigMapAsync(name, @namespace, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Changes what it holds, or makes it.</summary>
    /// <param name="change">Done to what is there, or to an empty one; again where somebody else has written meanwhile.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    /// <exception cref="HttpOperationException">The API server refused, or others were faster each time.</exception>
    public async Task ChangeAsync(Action<V1ConfigMap> change, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await WriteAsync(change, cancellationToken);
                return;
            }
            catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict && tries < Tries)
            {
                // Read again.
            }
        }
    }

    private async Task WriteAsync(Action<V1ConfigMap> change, CancellationToken cancellationToken)
    {
        var found = await FindAsync(cancellationToken);
        var map = found ?? new() { Metadata = new() { Name = name, NamespaceProperty = @namespace } };
        change(map);
        await (found is null
            ? kubernetes.CoreV1.CreateNamespacedConfigMapAsync(map, @namespace, cancellationToken: cancellationToken)
            : kubernetes.CoreV1.ReplaceNamespacedConfigMapAsync(map, name, @namespace, cancellationToken: cancellationToken));
    }
}
