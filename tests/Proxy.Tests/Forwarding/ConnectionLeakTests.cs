using System.Net.Sockets;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>By itself: others' descriptors come and go.</summary>
[Collection(nameof(RunsAlone))]
public class ConnectionLeakTests
{
    private const int Connections = 1000;
    private const int AtATime = 50;

    // The runtime opens a few of its own when it likes: for timers, threads, assemblies.
    private const int Slack = 25;

    [Fact]
    public async Task ConnectionsThatCameAndWent_LeaveNoDescriptorBehind()
    {
        await using var mesh = await TcpMesh.StartAsync();
        await OpenAndCloseAsync(mesh, AtATime);
        var before = Descriptors();
        for (var done = 0; done < Connections; done += AtATime) await OpenAndCloseAsync(mesh, AtATime);
        await Condition.HoldsAsync(() => mesh.Port.OpenConnections is 0);

        Assert.InRange(Descriptors(), 0, before + Slack);
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;

    private static async Task OpenAndCloseAsync(TcpMesh mesh, int count)
    {
        var open = new List<(Socket Client, Socket Server)>();
        for (var i = 0; i < count; i++) open.Add(await mesh.OpenAsync());
        for (var i = 0; i < count; i++)
        {
            var (client, server) = open[i];
            // Every way to go: by the client, by the server, in the middle.
            if (i % 3 is 0) client.Reset();
            else if (i % 3 is 1) server.Reset();
            client.Dispose();
            server.Dispose();
        }
        for (var i = 0; i < count; i++) await mesh.Metrics.EndAsync();
    }
}

/// <summary>Nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public class RunsAlone;
