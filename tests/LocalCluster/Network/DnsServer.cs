using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Network;

/// <summary>Cluster DNS: answers for services, from the last view of them; there are no other names.</summary>
internal sealed class DnsServer : IController
{
    private const string Suffix = ".svc.cluster.local";

    private volatile ClusterView? _view;

    public Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        _view = view;
        return Task.CompletedTask;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        using var socket = new UdpClient(new IPEndPoint(ClusterAddresses.Dns, 53));
        while (!stop.IsCancellationRequested)
        {
            var received = await socket.ReceiveAsync(stop);
            if (DnsQuestion.Read(received.Buffer) is { } question) await socket.SendAsync(question.Answer(Find(question.Name)), received.RemoteEndPoint, stop);
        }
    }

    /// <summary>Null where there is no such name.</summary>
    private List<IPAddress>? Find(string name)
    {
        if (_view is not { } view || !name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase)) return null;
        if (name[..^Suffix.Length].Split('.') is not [var service, var space]) return null;
        var found = view.Services.FirstOrDefault(s => s.Metadata.Name == service && s.Metadata.NamespaceProperty == space);
        if (found is null) return null;
        if (found.Spec.ClusterIP is not (null or "" or "None")) return [IPAddress.Parse(found.Spec.ClusterIP)];
        return [.. Headless(found, view).Select(IPAddress.Parse)];
    }

    private static IEnumerable<string> Headless(V1Service service, ClusterView view) => view.Slices
        .Where(slice => slice.Metadata.NamespaceProperty == service.Metadata.NamespaceProperty && slice.GetLabel("kubernetes.io/service-name") == service.Metadata.Name)
        .SelectMany(slice => slice.Endpoints ?? [])
        .Where(endpoint => endpoint.Conditions?.Ready is not false || service.Spec.PublishNotReadyAddresses is true)
        .SelectMany(endpoint => endpoint.Addresses)
        .Distinct();
}
