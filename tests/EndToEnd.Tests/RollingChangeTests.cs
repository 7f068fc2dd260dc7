using System.Net;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests;

/// <summary>Every replica of a destination is replaced by a new one while a load generator asks.</summary>
public sealed class RollingChangeTests : IAsyncDisposable
{
    private readonly List<Application> _applications = [];

    [Theory]
    [InlineData("--h1")]
    [InlineData("--h2")]
    public async Task ReplicasReplacedUnderLoad_FailNoRequest(string protocol)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var mesh = await StandaloneMesh.StartAsync();
        var replicas = new Queue<(Application Application, Sidecar Sidecar)>();
        for (var i = 0; i < 3; i++) replicas.Enqueue(await StartReplicaAsync(mesh, protocol));
        await mesh.ApplyServiceAsync("web", replicas.Select(replica => replica.Sidecar.Inbound));
        var client = await mesh.StartSidecarAsync("client", destinations: "web.test:80");
        await client.ServesAsync(protocol is "--h1" ? HttpVersion.Version11 : HttpVersion.Version20, cancellation);

        var replaced = false;
        var load = H2Load.RunUntilAsync(() => replaced, protocol, client.Destinations[0]);
        for (var i = 0; i < 3; i++)
        {
            var replacement = await StartReplicaAsync(mesh, protocol);
            var leaving = replicas.Dequeue();
            replicas.Enqueue(replacement);
            // As in a cluster: the endpoint leaves the list at the moment its pod is told to end.
            await mesh.ApplyServiceAsync("web", replicas.Select(replica => replica.Sidecar.Inbound));
            Assert.Equal(0, await leaving.Sidecar.Process.StopAsync());
            await leaving.Application.DisposeAsync();
            await Eventually.BecomesAsync(() => Task.FromResult(replacement.Application.Requests), requests => requests > 0, cancellation);
        }
        replaced = true;

        Assert.All(await load, round => Assert.True(round is { Failed: 0 } && round.Ok == round.Total, $"{round.Output}\n{client.Process.Output}"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var application in _applications) await application.DisposeAsync();
    }

    private async Task<(Application Application, Sidecar Sidecar)> StartReplicaAsync(StandaloneMesh mesh, string protocol)
    {
        var application = await Application.StartAsync(StandaloneMesh.NewAddress());
        _applications.Add(application);
        IPEndPoint served = protocol is "--h1" ? application.Http : application.Grpc;
        return (application, await mesh.StartSidecarAsync($"web-{_applications.Count}", served));
    }
}
