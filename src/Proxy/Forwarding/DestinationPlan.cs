using Mesh.Api.Discovery;
using Mesh.Proxy.Listening;

namespace Mesh.Proxy.Forwarding;

/// <summary>What becomes of the connections to one upstream, given what its port says and what earlier connections have shown.</summary>
/// <param name="protocol">What connections speak, where it is known.</param>
/// <param name="tcp">Carries what isn't HTTP; null where nothing does.</param>
/// <param name="admission">Stands before it and may refuse. Default: nobody does.</param>
internal sealed class DestinationPlan(AppProtocol protocol, TcpRoute? tcp, ITcpService? admission = null)
{
    private readonly ConnectionPlan _detect = new() { Protocol = protocol, Tcp = admission ?? tcp };
    private readonly ConnectionPlan _opaque = new() { Protocol = AppProtocol.Opaque, Tcp = admission ?? tcp };

    /// <param name="port">As the client knows it.</param>
    public ConnectionPlan Now(int port)
    {
        if (tcp is null) return ConnectionPlan.HttpOnly;
        var isServerFirst = protocol is AppProtocol.Unspecified && ServerFirstPorts.Contains(port)
            || protocol is AppProtocol.Unspecified or AppProtocol.Detect && tcp.Order.IsServerFirst;
        return isServerFirst ? _opaque : _detect;
    }
}
