using System.Net;
using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Forwarding;

public class EndpointDialerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EndpointThatRefuses_IsLeftForAnother()
    {
        using var refusing = new RefusingPort();
        using var serving = new TcpListener(IPAddress.Loopback, 0);
        serving.Start();
        var destination = NewDestination(Policies.Default(), refusing.Address, serving.LocalEndpoint.ToString()!);
        await using var mesh = await TcpMesh.StartAsync(dialer: _ => destination.Current!.Dialer!);
        for (var i = 0; i < 20; i++)
        {
            using var client = await mesh.ConnectAsync();
            using var server = await serving.AcceptSocketAsync(Cancellation);
            await client.SendAllAsync("x"u8.ToArray());
            Assert.Single(await server.ReceiveExactlyAsync(1));
        }

        Assert.Equal(EndpointState.SetAside, destination.Report([]).Endpoints.Single(endpoint => endpoint.Address == refusing.Address).State);
    }

    [Fact]
    public async Task EndpointThatRefuses_IsTheEnd_WherePolicyDoesNotRetry()
    {
        using var refusing = new RefusingPort();
        var destination = NewDestination(Policies.RetryingOn(), refusing.Address);
        await using var mesh = await TcpMesh.StartAsync(dialer: _ => destination.Current!.Dialer!);

        Assert.Equal(SocketError.ConnectionReset, await mesh.ConnectInVainAsync());
        Assert.Equal("tcp ConnectFailed", await mesh.Metrics.EndAsync());
    }

    [Fact]
    public async Task DestinationWithoutEndpoints_IsTheEnd()
    {
        var destination = NewDestination(Policies.Default());
        await using var mesh = await TcpMesh.StartAsync(dialer: _ => destination.Current!.Dialer!);

        Assert.Equal(SocketError.ConnectionReset, await mesh.ConnectInVainAsync());
        Assert.Equal("tcp NoEndpoints", await mesh.Metrics.EndAsync());
    }

    [Fact]
    public async Task Connections_AreSpread_AndCountedWhileTheyLast()
    {
        using var a = new TcpListener(IPAddress.Loopback, 0);
        using var b = new TcpListener(IPAddress.Loopback, 0);
        a.Start();
        b.Start();
        var policy = Policies.Default(policy => policy.LoadBalancer.Algorithm = LoadBalancerAlgorithm.LeastRequest);
        var destination = NewDestination(policy, a.LocalEndpoint.ToString()!, b.LocalEndpoint.ToString()!);
        await using var mesh = await TcpMesh.StartAsync(dialer: _ => destination.Current!.Dialer!);
        var clients = new List<Socket>();
        for (var i = 1; i <= 10; i++)
        {
            var opened = i;
            clients.Add(await mesh.ConnectAsync());
            await Condition.HoldsAsync(() => destination.Report([]).Endpoints.Sum(endpoint => endpoint.InFlight) == opened);
        }

        Assert.All(destination.Report([]).Endpoints, endpoint => Assert.Equal(5, endpoint.InFlight));
        clients.ForEach(client => client.Reset());
        await Condition.HoldsAsync(() => destination.Report([]).Endpoints.All(endpoint => endpoint.InFlight is 0));
    }

    [Fact]
    public void Protocol_IsKept_WhereAnUpdateDoesNotName()
    {
        var destination = NewDestination(Policies.Default(), "10.0.0.1:80");
        destination.Apply(new() { Destination = Updates.Catalog, BaseVersion = 1, Version = 2, Protocol = AppProtocol.Opaque });
        destination.Apply(Updates.Delta(2, 3, added: ["10.0.0.2:80"]));

        Assert.Equal(AppProtocol.Opaque, destination.Current!.Protocol);
    }

    private static LiveDestination NewDestination(Policy policy, params string[] endpoints)
    {
        var destination = new LiveDestination(Updates.Catalog, new Random(1), TimeProvider.System);
        destination.Apply(Updates.Whole(1, policy, endpoints));
        return destination;
    }
}
