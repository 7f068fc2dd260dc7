using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Listening;

/// <summary>Gives Kestrel a listener for each protocol of a port.</summary>
internal sealed class PortListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is PortEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var portEndPoint = (PortEndPoint)endpoint;
        var bound = portEndPoint.Acceptor.Bind();
        return new(new PortListener(portEndPoint.Acceptor, portEndPoint.Protocol, bound));
    }
}
