using System.Net;
using System.Text.Json.Nodes;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests;

/// <summary>From a policy's text to the answer that it gives, by the real programs: who the caller is, is proven by its certificate.</summary>
public sealed class AuthorizationTests : IAsyncLifetime
{
    private Application _application = null!;
    private StandaloneMesh _mesh = null!;
    private Sidecar _server = null!;
    private Sidecar _frontend = null!;
    private Sidecar _stranger = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _application = await Application.StartAsync(StandaloneMesh.NewAddress());
        _mesh = await StandaloneMesh.StartAsync();
        _server = await _mesh.StartSidecarAsync("payments", _application.Http);
        await _mesh.ApplyServiceAsync("payments", _server.Inbound);
        _frontend = await _mesh.StartSidecarAsync("frontend", null, "payments.test:80");
        _stranger = await _mesh.StartSidecarAsync("stranger", null, "payments.test:80");
        await _frontend.ServesAsync(HttpVersion.Version11, Cancellation);
        await _stranger.ServesAsync(HttpVersion.Version11, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _application.DisposeAsync();
    }

    [Fact]
    public async Task Policy_FromItsTextToTheAnswer()
    {
        await ApplyAsync("from: [{serviceAccounts: [test/frontend]}], to: [{methods: [GET], paths: [{prefix: /open}]}]");

        var refused = await Eventually.BecomesAsync(() => GetAsync(_stranger, "/open"), answer => answer.Status is HttpStatusCode.Forbidden, Cancellation);
        Assert.Equal(("mesh/forbidden", "spiffe://cluster.local/ns/test/sa/stranger", "test/payments@1"), ((string?)refused.Problem!["code"], (string?)refused.Problem["caller"], (string?)refused.Problem["policies"]![0]));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(_frontend, "/open/a")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync(_frontend, "/other")).Status);
        var programmed = await Eventually.BecomesAsync(() => Task.FromResult(_mesh.ReadStatus("AuthorizationPolicy", "payments") ?? ""), status => status.Contains("message: 3/3 proxies", StringComparison.Ordinal), Cancellation);
        Assert.Contains("type: Programmed", programmed, StringComparison.Ordinal);

        await ApplyAsync("from: [{serviceAccounts: [test/stranger]}]");
        await Eventually.BecomesAsync(() => GetAsync(_frontend, "/open"), answer => answer.Status is HttpStatusCode.Forbidden, Cancellation);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(_stranger, "/other")).Status);
    }

    [Fact]
    public async Task PolicyThatCantBeRead_RefusesEveryone_UntilItCan()
    {
        await ApplyAsync("from: [{serviceAccounts: [test/frontend]}]");
        await Eventually.BecomesAsync(() => GetAsync(_stranger, "/"), answer => answer.Status is HttpStatusCode.Forbidden, Cancellation);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(_frontend, "/")).Status);

        await ApplyAsync("from: [{serviceAcounts: [test/frontend]}]");
        var refused = await Eventually.BecomesAsync(() => GetAsync(_frontend, "/"), answer => answer.Status is HttpStatusCode.Forbidden, Cancellation);
        Assert.Equal("unreadable", (string?)refused.Problem!["rule"]);
        var status = await Eventually.BecomesAsync(() => Task.FromResult(_mesh.ReadStatus("AuthorizationPolicy", "payments") ?? ""), text => text.Contains("serviceAcounts", StringComparison.Ordinal), Cancellation);
        Assert.Contains("everything that the policy applies to is refused", status, StringComparison.Ordinal);

        await ApplyAsync("from: [{serviceAccounts: [test/frontend]}]");
        await Eventually.BecomesAsync(() => GetAsync(_frontend, "/"), answer => answer.Status is HttpStatusCode.OK, Cancellation);
    }

    private Task ApplyAsync(string rule) => _mesh.ApplyAsync("policy.yaml", $$"""
        apiVersion: mesh.io/v1alpha1
        kind: AuthorizationPolicy
        metadata: {name: payments, namespace: test}
        spec:
          rules: [{ {{rule}} }]
        """);

    private static async Task<(HttpStatusCode Status, JsonNode? Problem)> GetAsync(Sidecar client, string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://{client.Destinations[0]}{path}"), Cancellation);
        var body = await answer.Content.ReadAsStringAsync(Cancellation);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType is "application/problem+json" ? JsonNode.Parse(body) : null);
    }
}
