using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests;

/// <summary>Three services that let in nobody without an identity, and one client, with the real operator's certificates.</summary>
public sealed class IdentityTests : IAsyncLifetime
{
    private static readonly string[] Services = ["catalog", "payments", "web"];

    private readonly List<Application> _applications = [];
    private readonly List<Sidecar> _sidecars = [];
    private StandaloneMesh _mesh = null!;
    private Sidecar _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _mesh = await StandaloneMesh.StartAsync("""
            apiVersion: mesh.io/v1alpha1
            kind: MeshConfig
            metadata: {name: default}
            spec:
              mtls: {mode: Strict}
              identity: {certificateLifetime: 1m}
            """);
        foreach (var service in Services) await StartServiceAsync(service);
        _client = await _mesh.StartSidecarAsync("client", destinations: [.. Services.Select(service => $"{service}.test:80")]);
        _sidecars.Add(_client);
        foreach (var sidecar in _sidecars) await sidecar.BecomesReadyAsync(Cancellation);
        foreach (var destination in _client.Destinations) await BecomesAnsweredAsync(destination);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        foreach (var application in _applications) await application.DisposeAsync();
    }

    [Fact]
    public async Task Application_LearnsWhoCalls_AndNobodyElseComesIn()
    {
        using var client = new HttpClient();
        Assert.Equal("spiffe://cluster.local/ns/test/sa/client", await client.GetStringAsync(new Uri($"http://{_client.Destinations[0]}/"), Cancellation));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri($"http://{_sidecars[0].Inbound}/"), Cancellation));
    }

    [Fact]
    public async Task AnchorRotatedUnderLoad_FailsNoRequest()
    {
        var rotated = false;
        var load = LoadAsync(() => rotated);
        await _mesh.RotateAsync();
        await Eventually.BecomesAsync(() => Task.FromResult(_mesh.Operator.Output), output => output.Contains("Issuing from the new trust anchor", StringComparison.Ordinal), Cancellation);
        await RenewedAsync();
        rotated = true;

        await AssertNoneFailedAsync(load);
        foreach (var sidecar in _sidecars) Assert.Equal(2, (await IdentityOfAsync(sidecar))["trustAnchors"]!.AsArray().Count);
    }

    [Fact]
    public async Task OperatorAwayUntilShortlyBeforeCertificatesEnd_FailsNoRequest()
    {
        await RenewedAsync();
        var renewed = false;
        var load = LoadAsync(() => renewed);
        await _mesh.Operator.KillAsync();
        // A quarter of a minute: with a day's certificates it would be six hours.
        foreach (var sidecar in _sidecars) await Eventually.BecomesAsync(() => LeftAsync(sidecar), left => left < TimeSpan.FromSeconds(15), Cancellation);
        await _mesh.StartOperatorAsync(_mesh.Discovery);
        foreach (var sidecar in _sidecars) await Eventually.BecomesAsync(() => LeftAsync(sidecar), left => left > TimeSpan.FromSeconds(20), Cancellation);
        renewed = true;

        await AssertNoneFailedAsync(load);
    }

    private async Task StartServiceAsync(string service)
    {
        var application = await Application.StartAsync(StandaloneMesh.NewAddress());
        application.Answer = context => context.Response.WriteAsync(context.Request.Headers["mesh-client-id"].ToString());
        _applications.Add(application);
        var sidecar = await _mesh.StartSidecarAsync(service, application.Http);
        _sidecars.Add(sidecar);
        await _mesh.ApplyServiceAsync(service, sidecar.Inbound);
    }

    private async Task<IReadOnlyList<H2LoadReport>> LoadAsync(Func<bool> stopped) =>
        [.. (await Task.WhenAll(_client.Destinations.Select(destination => H2Load.RunUntilAsync(stopped, "--h1", destination, connections: 2)))).SelectMany(reports => reports)];

    private async Task AssertNoneFailedAsync(Task<IReadOnlyList<H2LoadReport>> load) =>
        Assert.All(await load, round => Assert.True(round is { Failed: 0 } && round.Ok == round.Total, $"{round.Output}\n{string.Join('\n', _sidecars.Select(sidecar => sidecar.Process.Output))}"));

    /// <summary>Waits until every sidecar has a new certificate.</summary>
    private async Task RenewedAsync()
    {
        var before = await Task.WhenAll(_sidecars.Select(SerialAsync));
        for (var i = 0; i < _sidecars.Count; i++)
        {
            var (sidecar, serial) = (_sidecars[i], before[i]);
            await Eventually.BecomesAsync(() => SerialAsync(sidecar), now => now != serial, Cancellation);
        }
    }

    private static async Task<string> SerialAsync(Sidecar sidecar) => (string)(await IdentityOfAsync(sidecar))["serial"]!;

    private static async Task<TimeSpan> LeftAsync(Sidecar sidecar) =>
        DateTimeOffset.Parse((string)(await IdentityOfAsync(sidecar))["ends"]!, CultureInfo.InvariantCulture) - TimeProvider.System.GetUtcNow();

    private static async Task<JsonNode> IdentityOfAsync(Sidecar sidecar)
    {
        using var client = new HttpClient();
        return JsonNode.Parse(await client.GetStringAsync(new Uri($"http://{sidecar.Admin}/config"), Cancellation))!["identity"]!;
    }

    private static async Task BecomesAnsweredAsync(IPEndPoint destination)
    {
        using var client = new HttpClient();
        await Eventually.BecomesAsync(() => client.GetAsync(new Uri($"http://{destination}/"), Cancellation), answer => answer.IsSuccessStatusCode, Cancellation);
    }
}
