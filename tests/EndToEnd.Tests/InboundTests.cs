using System.Globalization;
using System.Net;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests;

/// <summary>What a policy says of the application's own side holds at its sidecar, whoever the client is.</summary>
public sealed class InboundTests : IAsyncLifetime
{
    private Application _application = null!;
    private StandaloneMesh _mesh = null!;
    private Sidecar _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _application = await Application.StartAsync(StandaloneMesh.NewAddress());
        _mesh = await StandaloneMesh.StartAsync();
        _server = await _mesh.StartSidecarAsync("server", _application.Http);
        // Nobody is let in before.
        await _server.BecomesReadyAsync(Cancellation);
        var inbound = _server.Inbound!;
        await _mesh.ApplyAsync("web.yaml", $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: test}
            spec:
              ports: [{name: http, port: 80, protocol: TCP}]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: web-0
              namespace: test
              labels: {kubernetes.io/service-name: web}
            addressType: IPv4
            ports: [{name: http, port: {{inbound.Port.ToString(CultureInfo.InvariantCulture)}}, protocol: TCP}]
            endpoints:
              - addresses: ["{{inbound.Address}}"]
                conditions: {ready: true}
                targetRef: {kind: Pod, namespace: test, name: server}
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _application.DisposeAsync();
    }

    [Fact]
    public async Task RateLimit_HoldsForClientsWithoutASidecar_AndEndsWithThePolicy()
    {
        using var client = new HttpClient { BaseAddress = new($"http://{_server.Inbound}") };
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(client)).Status);

        await ApplyPolicyAsync("Enforce");
        var refused = await Eventually.BecomesAsync(() => GetAsync(client), answer => answer.Status is HttpStatusCode.TooManyRequests, Cancellation);
        Assert.Equal("\"total\";r=0;t=3600", refused.RateLimit);

        _mesh.Remove("policy.yaml");
        var admitted = await Eventually.BecomesAsync(() => GetAsync(client), answer => answer.Status is HttpStatusCode.OK, Cancellation);
        Assert.Null(admitted.RateLimit);
    }

    [Fact]
    public async Task RateLimitInShadow_LetsAllThrough_AndItsStatusSaysWhatItWouldHaveRefused()
    {
        using var client = new HttpClient { BaseAddress = new($"http://{_server.Inbound}") };
        await ApplyPolicyAsync("Shadow");
        var status = await Eventually.BecomesAsync(
            async () =>
            {
                Assert.Equal(HttpStatusCode.OK, (await GetAsync(client)).Status);
                return _mesh.ReadStatus("TrafficPolicy", "web") ?? "";
            },
            status => status.Contains("decision: rate-limit", StringComparison.Ordinal), Cancellation);

        Assert.Contains("requests:", status, StringComparison.Ordinal);
        using var admin = new HttpClient();
        Assert.Contains("mesh_shadow_decisions_total{", await admin.GetStringAsync(new Uri($"http://{_server.Admin}/metrics"), Cancellation), StringComparison.Ordinal);
    }

    private Task ApplyPolicyAsync(string mode) => _mesh.ApplyAsync("policy.yaml", $$"""
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: web, namespace: test}
        spec:
          targetRefs: [{kind: Service, name: web}]
          mode: {{mode}}
          rateLimit: {total: {requests: 1, per: 1h, burst: 2} }
        """);

    private static async Task<(HttpStatusCode Status, string? RateLimit)> GetAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        return (answer.StatusCode, answer.Headers.TryGetValues("RateLimit", out var values) ? values.Single() : null);
    }
}
