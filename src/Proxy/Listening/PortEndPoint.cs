using System.Net;

namespace Mesh.Proxy.Listening;

/// <summary>
/// One protocol of a port. Kestrel sees an endpoint for each protocol, since it takes the protocol from the endpoint and never
/// from the bytes; all of a port's endpoints are fed by its one acceptor.
/// </summary>
internal sealed class PortEndPoint(PortAcceptor acceptor, DetectedProtocol protocol) : EndPoint
{
    public PortAcceptor Acceptor { get; } = acceptor;

    public DetectedProtocol Protocol { get; } = protocol;

    public override string ToString() => $"{Acceptor.Port.Requested} ({Protocol})";
}
