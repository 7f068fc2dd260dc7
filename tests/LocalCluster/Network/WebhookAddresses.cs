using System.Net;
using Mesh.KubeApi;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Network;

/// <summary>Tells the API server, which is on the node, where its webhooks are: at their services' addresses.</summary>
internal sealed class WebhookAddresses(ApiServer server) : IController
{
    public Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        foreach (var service in view.Services.Where(service => service.Spec.ClusterIP is not (null or "" or "None")))
        {
            foreach (var port in service.Spec.Ports ?? [])
                server.MapService(service.Metadata.NamespaceProperty, service.Metadata.Name, port.Port, new(IPAddress.Parse(service.Spec.ClusterIP), port.Port));
        }

        return Task.CompletedTask;
    }
}
