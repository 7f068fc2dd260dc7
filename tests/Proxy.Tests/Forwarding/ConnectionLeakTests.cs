using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Tests.Conformance;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>By itself: others' descriptors and memory come and go.</summary>
[Collection(nameof(RunsAlone))]
public class ConnectionLeakTests
{
    private const int Connections = 1000;
    private const int AtATime = 50;

    // The runtime opens a few of its own when it likes: for timers, threads, assemblies.
    private const int DescriptorSlack = 25;

    // Buffers that are kept for the next ones, more where a busy machine had more at a time, and what the JIT compiles. An HTTP connection
    // that stays is several times as much.
    private const int MemorySlack = Connections * 4096;

    [Fact]
    public async Task RelayedConnections_LeaveNothingBehind()
    {
        await using var mesh = await TcpMesh.StartAsync();
        await AssertNothingStaysAsync(() => OpenAndCloseAsync(mesh), [mesh.Port]);
    }

    [Fact]
    public async Task ConnectionsThatNeverSend_LeaveNothingBehind()
    {
        await using var mesh = await TcpMesh.StartAsync(AppProtocol.Unspecified);
        await AssertNothingStaysAsync(() => StaySilentAsync(mesh), [mesh.Port]);
    }

    [Fact]
    public async Task HttpConnections_LeaveNothingBehind()
    {
        // How many connections the proxy keeps to the application is how many it needed at a time, on each loop: nothing to compare.
        await using var application = await TestApplication.StartAsync(context =>
        {
            context.Response.Headers.Connection = "close";
            return context.Response.WriteAsync("ok");
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        await AssertNothingStaysAsync(() => Task.WhenAll(Enumerable.Range(0, AtATime).Select(async i =>
        {
            using var client = await RawClient.ConnectAsync(proxy.Inbound);
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            // Every other one leaves without its answer.
            if (i % 2 is 0) await client.ReadUntilAsync("ok");
        })), proxy.Services.GetRequiredService<PortRegistry>().All);
    }

    [Fact]
    public async Task Http2Connections_LeaveNothingBehind()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("ok"), HttpProtocols.Http2);
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        await AssertNothingStaysAsync(() => Task.WhenAll(Enumerable.Range(0, AtATime).Select(async i =>
        {
            using var client = await RawHttp2.ConnectAsync(proxy.Inbound);
            await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Get());
            if (i % 2 is 0) Assert.Equal("END_STREAM", await client.OutcomeAsync(1));
        })), proxy.Services.GetRequiredService<PortRegistry>().All);
    }

    private static async Task AssertNothingStaysAsync(Func<Task> openAndClose, IReadOnlyList<Port> ports)
    {
        for (var warm = 0; warm < Connections / 4; warm += AtATime) await openAndClose();
        var before = await RestAsync(ports);
        for (var done = 0; done < Connections; done += AtATime) await openAndClose();
        var after = await RestAsync(ports);

        Assert.InRange(after.Descriptors, 0, before.Descriptors + DescriptorSlack);
        Assert.InRange(after.Memory, 0, before.Memory + MemorySlack);
    }

    private static async Task<(int Descriptors, long Memory)> RestAsync(IReadOnlyList<Port> ports)
    {
        await Condition.HoldsAsync(() => ports.All(port => port.OpenConnections is 0));
        return (Directory.GetFiles("/proc/self/fd").Length, GC.GetTotalMemory(forceFullCollection: true));
    }

    private static async Task StaySilentAsync(TcpMesh mesh)
    {
        var clients = new List<Socket>();
        for (var i = 0; i < AtATime; i++) clients.Add(await mesh.ConnectAsync());
        // Half of them leave while they are waited for.
        for (var i = 0; i < AtATime; i += 2) clients[i].Dispose();
        var servers = Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => mesh.AcceptAsync().AsTask()));
        await Condition.HoldsAsync(() => mesh.AdvanceUntil(servers));
        clients.ForEach(client => client.Dispose());
        foreach (var server in await servers) server.Dispose();
        for (var i = 0; i < AtATime; i++) await mesh.Metrics.EndAsync();
    }

    private static async Task OpenAndCloseAsync(TcpMesh mesh)
    {
        var open = new List<(Socket Client, Socket Server)>();
        for (var i = 0; i < AtATime; i++) open.Add(await mesh.OpenAsync());
        for (var i = 0; i < AtATime; i++)
        {
            var (client, server) = open[i];
            // Every way to go: by the client, by the server, in the middle.
            if (i % 3 is 0) client.Reset();
            else if (i % 3 is 1) server.Reset();
            client.Dispose();
            server.Dispose();
        }
        for (var i = 0; i < AtATime; i++) await mesh.Metrics.EndAsync();
    }
}

/// <summary>Nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public class RunsAlone;
