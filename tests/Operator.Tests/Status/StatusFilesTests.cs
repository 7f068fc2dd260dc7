using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;
using Mesh.Operator.Status;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Status;

public sealed class StatusFilesTests : IDisposable
{
    private const string File = "status/TrafficPolicy.shop.p.yaml";

    private readonly TemporaryFolder _folder = new();
    private readonly List<StateFolder> _states = [];
    private readonly FakeTimeProvider _time = new(new(2026, 11, 16, 9, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Status_IsTheObjectAsKubectlShowsIt()
    {
        var cluster = Given.Cluster(Given.Policy("p", spec: s => s.Timeouts = new() { Request = Given.Milliseconds(1500) }));

        await ReportAsync(Files(), cluster);

        Assert.Equal(
            """
            apiVersion: mesh.io/v1alpha1
            kind: TrafficPolicy
            metadata:
              generation: 1
              name: p
              namespace: shop
            spec:
              targetRefs:
                - group: ""
                  kind: Service
                  name: catalog
              timeouts:
                request: 1s500ms
            status:
              observedGeneration: 1
              conditions:
                - lastTransitionTime: 2026-11-16T09:00:00Z
                  message: Valid and in force
                  observedGeneration: 1
                  reason: Accepted
                  status: "True"
                  type: Accepted

            """,
            _folder.Read(File));
        Assert.Equal(["TrafficPolicy.shop.p.yaml"], Directory.EnumerateFiles(_folder.File("status")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Restart_KeepsTheTimeOfTheLastTransition()
    {
        var cluster = Given.Cluster(Given.Policy("p"));
        await ReportAsync(Files(), cluster);
        var before = _folder.Read(File);

        _time.Advance(TimeSpan.FromDays(1));
        await ReportAsync(Files(), cluster);

        Assert.Equal(before, _folder.Read(File));
    }

    [Fact]
    public async Task ObjectThatIsGone_HasNoFile()
    {
        var files = Files();
        await ReportAsync(files, Given.Cluster(Given.Policy("p")));

        await files.WriteAsync(new(Given.Cluster(), [], [(ResourceKind.TrafficPolicy, new("shop", "p"))]), TestContext.Current.CancellationToken);

        Assert.False(System.IO.File.Exists(_folder.File(File)));
    }

    [Fact]
    public async Task FilesOfAnEarlierRun_AreRemovedWithTheirObjects()
    {
        await ReportAsync(Files(), Given.Cluster(Given.Policy("p")));

        await ReportAsync(Files(), Given.Cluster());

        Assert.False(System.IO.File.Exists(_folder.File(File)));
    }

    [Fact]
    public async Task ClusterScopedObject_HasNoNamespaceInItsName()
    {
        var cluster = Given.Cluster(new MeshConfig { Metadata = new() { Name = "default", Generation = 1 } });

        await Files().WriteAsync(new(cluster, [StatusCompiler.Compile(cluster.Configs["default"])], []), TestContext.Current.CancellationToken);

        Assert.Contains("type: Accepted", _folder.Read("status/MeshConfig.default.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatCannotBeWritten_IsTriedAgainUntilItCan()
    {
        Directory.CreateDirectory(_folder.File(File));
        var files = Files();
        var other = Given.Policy("other");
        await ReportAsync(files, Given.Cluster(Given.Policy("p"), other));
        await ReportAsync(files, Given.Cluster(Given.Policy("p", spec: s => s.Timeouts = new() { Request = Given.Milliseconds(70) }), other));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(System.IO.File.Exists(_folder.File("status/TrafficPolicy.shop.other.yaml")));
        Assert.False(System.IO.File.Exists(_folder.File(File)));

        Directory.Delete(_folder.File(File));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Contains("request: 70ms", _folder.Read(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderThatComesLater_IsTakenOverWhole()
    {
        _folder.Write("status", "no folder");
        var files = Files();
        var cluster = Given.Cluster(Given.Policy("p"), Given.Policy("q"));
        await ReportAsync(files, cluster);

        System.IO.File.Delete(_folder.File("status"));
        _folder.Write("status/TrafficPolicy.shop.gone.yaml", "");
        _time.Advance(TimeSpan.FromMinutes(1));
        await files.WriteAsync(new(cluster, [new ResourceStatus(ResourceKind.TrafficPolicy, new("shop", "q"), 1, [])], []), TestContext.Current.CancellationToken);

        Assert.Equal(
            ["TrafficPolicy.shop.p.yaml", "TrafficPolicy.shop.q.yaml"],
            Directory.EnumerateFiles(_folder.File("status")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    public void Dispose()
    {
        foreach (var state in _states) state.Dispose();
        _folder.Dispose();
    }

    private StatusFiles Files()
    {
        var state = new StateFolder(_folder.Path, _time, NullLogger<StateFolder>.Instance);
        _states.Add(state);
        return new(state, _time, NullLogger<StatusFiles>.Instance);
    }

    private static ValueTask ReportAsync(StatusFiles files, ClusterSnapshot cluster) => files.WriteAsync(
        new(cluster, [.. cluster.Policies.Values.Select(policy => new ResourceStatus(ResourceKind.TrafficPolicy, policy.Name, 1, [new(ConditionTypes.Accepted, true, "Accepted", "Valid and in force")]))], []),
        TestContext.Current.CancellationToken);
}
