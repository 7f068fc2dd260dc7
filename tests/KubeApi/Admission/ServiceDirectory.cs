using System.Collections.Concurrent;
using System.Net;

namespace Mesh.KubeApi.Admission;

/// <summary>Where webhooks that are named by service listen: what cluster networking would know.</summary>
internal sealed class ServiceDirectory
{
    private readonly ConcurrentDictionary<(string Namespace, string Name, int Port), IPEndPoint> _services = new();

    public void Map(string @namespace, string name, int port, IPEndPoint address) => _services[(@namespace, name, port)] = address;

    public IPEndPoint? Find(string @namespace, string name, int port) => _services.GetValueOrDefault((@namespace, name, port));
}
