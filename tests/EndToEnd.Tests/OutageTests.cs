using System.Net;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests;

/// <summary>The mesh works through an operator outage; only changes wait.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private Application _application = null!, _other = null!;
    private StandaloneMesh _mesh = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _application = await Application.StartAsync(StandaloneMesh.NewAddress());
        _other = await Application.StartAsync(StandaloneMesh.NewAddress());
        _mesh = await StandaloneMesh.StartAsync();
        await _mesh.ApplyServiceAsync("web", _application.Http);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _application.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task OperatorGone_KnownDestinationsAreServed_AndChangesArriveWhenItIsBack()
    {
        var sidecar = await _mesh.StartSidecarAsync("client");
        using var client = sidecar.NewProxiedClient();
        await sidecar.BecomesReadyAsync(Cancellation);
        await Eventually.BecomesAsync(() => AskAsync(client), answer => answer == $"{_application.Http.Address}\n", Cancellation);

        await _mesh.Operator.KillAsync();
        for (var i = 0; i < 50; i++) Assert.Equal($"{_application.Http.Address}\n", await AskAsync(client));

        await _mesh.ApplyServiceAsync("web", _other.Http);
        await _mesh.StartOperatorAsync(_mesh.Discovery);
        await Eventually.BecomesAsync(() => AskAsync(client), answer => answer == $"{_other.Http.Address}\n", Cancellation);
    }

    [Fact]
    public async Task OperatorNotYetUp_IsExplained_AndTheSidecarIsNotReadyUntilItIs()
    {
        await _mesh.Operator.KillAsync();
        var sidecar = await _mesh.StartSidecarAsync("client");
        using var client = sidecar.NewProxiedClient();
        using (var response = await client.GetAsync("http://web.test/", Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Contains("mesh/discovery-unavailable", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
        using var admin = new HttpClient { BaseAddress = new($"http://{sidecar.Admin}") };
        using (var notReady = await admin.GetAsync("/ready", Cancellation)) Assert.Equal(HttpStatusCode.ServiceUnavailable, notReady.StatusCode);

        await _mesh.StartOperatorAsync(_mesh.Discovery);
        await sidecar.BecomesReadyAsync(Cancellation);
        await Eventually.BecomesAsync(() => AskAsync(client), answer => answer == $"{_application.Http.Address}\n", Cancellation);
    }

    private static async Task<string> AskAsync(HttpClient client)
    {
        using var response = await client.GetAsync("http://web.test/", Cancellation);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }
}
