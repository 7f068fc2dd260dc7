using System.Net;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests;

/// <summary>What a user writes changes what traffic meets, and the status says so; what is wrong changes nothing and is explained.</summary>
public sealed class PolicyTests : IAsyncLifetime
{
    private Application _application = null!;
    private StandaloneMesh _mesh = null!;
    private Sidecar _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _application = await Application.StartAsync(StandaloneMesh.NewAddress());
        _mesh = await StandaloneMesh.StartAsync();
        var server = await _mesh.StartSidecarAsync("server", _application.Http);
        await _mesh.ApplyServiceAsync("web", server.Inbound);
        _client = await _mesh.StartSidecarAsync("client", destinations: "web.test:80");
        await _client.ServesAsync(HttpVersion.Version11, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _application.DisposeAsync();
    }

    [Fact]
    public async Task RetriesEditedUnderLoad_ChangeWhatTheClientSees_AndProgrammedCountsTheProxy()
    {
        FailEverySecondRequest();
        using var client = _client.NewProxiedClient();

        await ApplyPolicyAsync("retries: {attempts: 0}");
        await Eventually.BecomesAsync(ReadPolicyStatusAsync, Programmed(generation: 1, "2/2 proxies"), Cancellation);
        Assert.Equal(10, await SuccessesOfTwentyAsync(client));

        await ApplyPolicyAsync("retries: {attempts: 2, on: [ServerError], budget: {percent: 100}}");
        await Eventually.BecomesAsync(ReadPolicyStatusAsync, Programmed(generation: 2, "2/2 proxies"), Cancellation);
        Assert.Equal(20, await SuccessesOfTwentyAsync(client));
    }

    [Fact]
    public async Task RequestTimeout_EndsASlowRequest_AndNamesThePolicy()
    {
        await ApplyPolicyAsync("timeouts: {request: 100ms}");
        await Eventually.BecomesAsync(ReadPolicyStatusAsync, Programmed(generation: 1, "2/2 proxies"), Cancellation);
        _application.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        using var client = _client.NewProxiedClient();
        using var response = await client.GetAsync("http://web.test/", Cancellation);
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Contains("mesh/request-timeout", body, StringComparison.Ordinal);
        Assert.Contains("test/web", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeouts: {request: 5x}", "spec.timeouts.request", "5x", "duration")]
    [InlineData("timeouts: {request: 1s, attempt: 2s}", "spec.timeouts.attempt", "2s", "1s")]
    [InlineData("timeout: {request: 1s}", "spec.timeout", "", "timeouts")]
    [InlineData("retries: {attempts: 99}", "spec.retries.attempts", "99", "10")]
    public async Task BadPolicy_IsExplainedWithPathFoundAndExpected_AndTheLastGoodOneHolds(string bad, string path, string found, string expected)
    {
        FailEverySecondRequest();
        using var client = _client.NewProxiedClient();
        await ApplyPolicyAsync("retries: {attempts: 2, on: [ServerError], budget: {percent: 100}}");
        await Eventually.BecomesAsync(() => SuccessesOfTwentyAsync(client), successes => successes == 20, Cancellation);

        await ApplyPolicyAsync(bad);
        var said = await Eventually.BecomesAsync(() => Task.FromResult(_mesh.Operator.Output), output => output.Contains(path, StringComparison.Ordinal), Cancellation);
        var explanation = said.Split('\n').First(line => line.Contains(path, StringComparison.Ordinal));
        Assert.Contains("policy.yaml:", explanation, StringComparison.Ordinal);
        Assert.Contains(found, explanation, StringComparison.Ordinal);
        Assert.Contains(expected, explanation, StringComparison.Ordinal);
        Assert.Equal(20, await SuccessesOfTwentyAsync(client));
    }

    [Fact]
    public async Task PolicyForAMissingService_SaysSoInItsStatus()
    {
        await _mesh.ApplyAsync("policy.yaml", PolicyFor("nowhere", "timeouts: {request: 1s}"));
        var status = await Eventually.BecomesAsync(ReadPolicyStatusAsync, status => status.Contains("TargetNotFound", StringComparison.Ordinal), Cancellation);
        Assert.Contains("test/nowhere", status, StringComparison.Ordinal);
    }

    private void FailEverySecondRequest()
    {
        var count = 0;
        _application.Answer = context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref count) % 2 == 0 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            return Task.CompletedTask;
        };
    }

    private static async Task<int> SuccessesOfTwentyAsync(HttpClient client)
    {
        var successes = 0;
        for (var i = 0; i < 20; i++)
        {
            using var response = await client.GetAsync("http://web.test/", Cancellation);
            if (response.IsSuccessStatusCode) successes++;
        }
        return successes;
    }

    private Task ApplyPolicyAsync(string settings) => _mesh.ApplyAsync("policy.yaml", PolicyFor("web", settings));

    private static string PolicyFor(string service, string settings) => $$"""
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: web, namespace: test}
        spec:
          targetRefs: [{kind: Service, name: {{service}}}]
          {{settings}}
        """;

    private Task<string> ReadPolicyStatusAsync() => Task.FromResult(_mesh.ReadStatus("TrafficPolicy", "web") ?? "");

    private static Func<string, bool> Programmed(int generation, string message) => status =>
        status.Contains($"observedGeneration: {generation}", StringComparison.Ordinal)
        && status.Contains(message, StringComparison.Ordinal);
}
