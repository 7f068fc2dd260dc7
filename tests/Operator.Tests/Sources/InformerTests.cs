using System.Diagnostics.Metrics;
using System.Net;
using k8s.Models;
using Mesh.Operator.Sources;
using Mesh.Operator.State;
using Mesh.Operator.Tests.InCluster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Sources;

/// <summary>The informer against a scripted API server, in virtual time.</summary>
public sealed class InformerTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedApiServer _server = new();
    private readonly ClusterState _state = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Task _running = Task.CompletedTask;

    [Fact]
    public async Task List_IsReadInPages()
    {
        _server.OnList("", ScriptedApiServer.List("7", "page-2", Service("a", "1")));
        _server.OnList("page-2", ScriptedApiServer.List("7", "", Service("b", "2")));

        Start(ResourceKind.Service);

        await _server.NextWatchAsync("7");
        Assert.Equal(["a", "b"], ServiceNames());
    }

    [Fact]
    public async Task Watch_AddsChangesAndRemoves()
    {
        _server.OnList("", ScriptedApiServer.List("7", "", Service("a", "1")));
        Start(ResourceKind.Service);
        var watch = await _server.NextWatchAsync("7");

        watch.Send("ADDED", Service("b", "8"));
        watch.Send("DELETED", Service("a", "9"));

        await Eventually.HoldsAsync(() => Assert.Equal(["b"], ServiceNames()));
    }

    [Fact]
    public async Task WatchThatEnds_IsResumed_FromTheLastBookmark()
    {
        _server.OnList("", ScriptedApiServer.List("7", ""));
        Start(ResourceKind.Service);
        var watch = await _server.NextWatchAsync("7");

        watch.Send("BOOKMARK", """{"kind": "Service", "metadata": {"resourceVersion": "42"}}""");
        watch.End();

        await _server.NextWatchAsync("42");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task VersionThatIsGone_ListsAgain_AndDropsWhatVanishedMeanwhile(bool refused)
    {
        _server.OnList("", ScriptedApiServer.List("7", "", Service("a", "1"), Service("b", "2")));
        Start(ResourceKind.Service);
        var watch = await _server.NextWatchAsync("7");
        _server.OnList("", ScriptedApiServer.List("90", "", Service("b", "2")));

        if (refused)
        {
            _server.RefuseNextWatch(HttpStatusCode.Gone);
            watch.End();
        }
        else
        {
            watch.Send("ERROR", """{"kind": "Status", "code": 410, "message": "too old resource version: 7 (90)"}""");
        }

        await AdvanceUntilAsync(() => Assert.Equal(["b"], ServiceNames()));
        await _server.NextWatchAsync("90");
    }

    [Fact]
    public async Task SilentWatch_IsBegunAgain_FromWhereItWas()
    {
        _server.OnList("", ScriptedApiServer.List("7", ""));
        Start(ResourceKind.Service);
        await _server.NextWatchAsync("7");

        _time.Advance(new InformerOptions().SilenceLimit);

        await AdvanceUntilAsync(() => Assert.Equal(2, _server.Watches));
        await _server.NextWatchAsync("7");
    }

    [Fact]
    public async Task WatchWithBookmarks_IsNotSilent()
    {
        _server.OnList("", ScriptedApiServer.List("7", ""));
        Start(ResourceKind.Service);
        var watch = await _server.NextWatchAsync("7");

        for (var minute = 1; minute <= 5; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            watch.Send("ADDED", Service($"s{minute}", $"{7 + minute}"));
            await Eventually.HoldsAsync(() => Assert.Equal(minute, ServiceNames().Count()));
        }

        Assert.Equal(1, _server.Watches);
    }

    [Fact]
    public async Task SafetyRelist_FindsWhatNoEventTold()
    {
        _server.OnList("", ScriptedApiServer.List("7", "", Service("a", "1")));
        Start(ResourceKind.Service);
        await _server.NextWatchAsync("7");
        _server.OnList("", ScriptedApiServer.List("7", "", Service("b", "2")));

        await AdvanceUntilAsync(() => Assert.Equal(["b"], ServiceNames()), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task ApiServerThatIsDown_IsTriedAgain()
    {
        _server.FailNextList(HttpStatusCode.ServiceUnavailable);
        _server.OnList("", ScriptedApiServer.List("7", "", Service("a", "1")));

        Start(ResourceKind.Service);

        await AdvanceUntilAsync(() => Assert.Equal(["a"], ServiceNames()));
    }

    [Fact]
    public async Task KindThatIsNotInstalled_CountsAsListed_AndIsFollowedOnceItIs()
    {
        _server.FailNextList(HttpStatusCode.NotFound);
        Start(ResourceKind.TrafficPolicy);
        await AdvanceUntilAsync(() => Assert.Contains(ResourceKind.TrafficPolicy, _state.Current.Listed));
        Assert.Empty(_state.Current.Policies);

        _server.OnList("", ScriptedApiServer.List("7", "", Policy("1", "retries: {attempts: 1}")));

        await AdvanceUntilAsync(() => Assert.Single(_state.Current.Policies));
    }

    [Fact]
    public async Task KindThatIsInstalledButNotServedYet_DoesNotCountAsListed()
    {
        _server.Definitions.Add("trafficpolicies.mesh.io");
        _server.FailNextList(HttpStatusCode.NotFound);
        _server.FailNextList(HttpStatusCode.NotFound);
        _server.OnList("", ScriptedApiServer.List("7", "", Policy("1", "retries: {attempts: 1}")));

        Start(ResourceKind.TrafficPolicy);

        await AdvanceUntilAsync(() => Assert.NotEmpty(_state.Current.Listed));
        Assert.Single(_state.Current.Policies);
    }

    [Fact]
    public async Task ObjectThatCannotBeRead_KeepsItsLastGoodVersion_AndStopsNothing()
    {
        _server.OnList("", ScriptedApiServer.List("7", "", Policy("1", "retries: {attempts: 1}")));
        Start(ResourceKind.TrafficPolicy);
        var watch = await _server.NextWatchAsync("7");

        watch.Send("MODIFIED", Policy("8", "hedging: {after: 20ms}"));
        watch.Send("ADDED", Policy("9", "retries: {attempts: 2}", "other"));

        await Eventually.HoldsAsync(() => Assert.Equal(2, _state.Current.Policies.Count));
        var record = _state.Current.Policies[new("shop", "catalog")];
        Assert.Equal(1, record.InForce!.Spec.Retries!.Attempts);
        Assert.Contains("spec.hedging", Assert.Single(record.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ObjectThatCouldNeverBeRead_IsKnown_SoThatItsStatusSaysWhy()
    {
        _server.OnList("", ScriptedApiServer.List("7", "", Policy("1", "hedging: {after: 20ms}")));

        Start(ResourceKind.TrafficPolicy);

        await _server.NextWatchAsync("7");
        var record = _state.Current.Policies[new("shop", "catalog")];
        Assert.Null(record.InForce);
        Assert.Contains("spec.hedging", Assert.Single(record.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ObjectThatCannotBeRead_SurvivesARelist()
    {
        _server.OnList("", ScriptedApiServer.List("7", "", Policy("1", "retries: {attempts: 1}")));
        Start(ResourceKind.TrafficPolicy);
        var watch = await _server.NextWatchAsync("7");
        _server.OnList("", ScriptedApiServer.List("90", "", Policy("80", "hedging: {after: 20ms}")));

        watch.Send("ERROR", """{"kind": "Status", "code": 410, "message": "too old"}""");

        await _server.NextWatchAsync("90", advance: _time);
        var record = _state.Current.Policies[new("shop", "catalog")];
        Assert.Equal(1, record.InForce!.Spec.Retries!.Attempts);
        Assert.NotEmpty(record.Errors);
    }

    [Fact]
    public async Task Pods_AreKeptAsWhatEndpointsAndPoliciesAreReadBy()
    {
        _server.OnList("", ScriptedApiServer.List("7", "", """
            {"metadata": {"name": "catalog-1", "namespace": "shop", "uid": "u", "resourceVersion": "1", "labels": {"app": "catalog"},
              "annotations": {"mesh.io/inbound-ports": "8080=15006", "mesh.io/meshed": "true", "example.com/build": "1"}, "managedFields": [{"manager": "kubelet"}]},
             "spec": {"serviceAccountName": "frontend", "nodeName": "n", "initContainers": [{"name": "mesh-proxy", "image": "p"}],
               "containers": [{"name": "app", "image": "a", "ports": [{"name": "http", "containerPort": 8080}]}]}}
            """));

        Start(ResourceKind.Pod);

        await _server.NextWatchAsync("7");
        var pod = Assert.Single(_state.Current.Pods).Value;
        Assert.Equal(["mesh.io/inbound-ports"], pod.Metadata.Annotations.Keys);
        Assert.Null(pod.Metadata.ManagedFields);
        Assert.Equal("catalog", pod.Metadata.Labels["app"]);
        Assert.Equal("frontend", pod.Spec.ServiceAccountName);
        Assert.Equal("mesh-proxy", Assert.Single(pod.Spec.InitContainers).Name);
        var app = Assert.Single(pod.Spec.Containers);
        Assert.Equal("http", Assert.Single(app.Ports).Name);
        Assert.Null(app.Image);
        Assert.Null(pod.Spec.NodeName);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _server.Dispose();
    }

    private void Start(ResourceKind kind)
    {
        var http = new HttpClient(_server, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var informer = new Informer(
            WatchedKinds.All.Single(k => k.Kind == kind), new KubernetesConnection(http, new Uri("https://api.test/"), null), _state,
            new InformerOptions(), new SourceMetrics(meters), _time, new Random(1), NullLogger<Informer>.Instance);
        _running = informer.RunAsync(_stop.Token);
    }

    // Waits of the informer's own pass as virtual time does; what it does in between takes real time.
    private Task AdvanceUntilAsync(Action assertion, TimeSpan? step = null) => Eventually.HoldsAsync(() =>
    {
        _time.Advance(step ?? TimeSpan.FromSeconds(1));
        assertion();
    });

    private IEnumerable<string> ServiceNames() => _state.Current.Services.Keys.Select(k => k.Name).Order();

    private static string Service(string name, string version) =>
        $$"""{"metadata": {"name": "{{name}}", "namespace": "shop", "uid": "{{name}}", "resourceVersion": "{{version}}"}, "spec": {"ports": [{"port": 80} ] } }""";

    private static string Policy(string version, string settings, string name = "catalog")
    {
        var yaml = ShopManifests.Policy("shop", settings).Replace("name: catalog, namespace", $"name: {name}, uid: {name}, resourceVersion: \"{version}\", namespace", StringComparison.Ordinal);
        return System.Text.Json.JsonSerializer.Serialize(k8s.KubernetesYaml.Deserialize<object>(yaml));
    }
}
