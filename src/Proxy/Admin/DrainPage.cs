using Mesh.Proxy.Listening;

namespace Mesh.Proxy.Admin;

/// <summary>What <c>/drain</c> shows.</summary>
/// <param name="Draining">Whether those who come in are told to go elsewhere.</param>
/// <param name="InboundConnections">Those that haven't gone yet.</param>
internal sealed record DrainPage(bool Draining, int InboundConnections)
{
    public static DrainPage Of(Drain drain, PortRegistry ports) =>
        new(drain.HasBegun, ports.All.Where(port => port.IsInbound).Sum(port => port.OpenConnections));
}
