using System.Net;
using System.Net.Sockets;
using Mesh.Rig.Pods;

namespace Mesh.Shop.Tests;

public sealed class PortsTests
{
    private static readonly IPAddress[] Addresses = [IPAddress.Parse("127.0.9.1"), IPAddress.Parse("127.0.9.2")];

    [Fact]
    public void FreePorts_AreTheUsualOnes() =>
        Assert.Equal(new Ports(8080, 8081, 15006, 15001, 15000, 15010, 15014), Ports.Free(Addresses, _ => true));

    [Fact]
    public void PortTakenOnOneAddress_IsAvoidedOnAll() =>
        Assert.Equal(8081, Ports.Free(Addresses, endpoint => !endpoint.Equals(new IPEndPoint(Addresses[1], 8080))).Application);

    [Fact]
    public void PortsNextToEachOther_StayApart()
    {
        var ports = Ports.Free(Addresses, endpoint => endpoint.Port is not 15000 and not 15001);

        Assert.Distinct([ports.Application, ports.Control, ports.Inbound, ports.Outbound, ports.ProxyAdmin, ports.Discovery, ports.OperatorAdmin]);
    }

    [Fact]
    public void PortOfAListenerOnAllAddresses_IsNotFree()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        listener.Listen();

        Assert.False(Ports.IsFree(new(Addresses[0], ((IPEndPoint)listener.LocalEndPoint!).Port)));
    }
}
