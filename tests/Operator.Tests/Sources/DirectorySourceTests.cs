using System.Diagnostics.Metrics;
using Mesh.Api.Resources;
using Mesh.Operator.Sources;
using Mesh.Operator.State;
using Mesh.Operator.Status;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Operator.Tests.Sources;

public sealed class DirectorySourceTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _second = new();
    private readonly ClusterState _state = new();
    private readonly ManifestErrors _errors;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private DirectorySource? _source;

    public DirectorySourceTests() => _errors = new(_services.GetRequiredService<IMeterFactory>(), NullLogger<ManifestErrors>.Instance);

    [Fact]
    public async Task Folders_AreReadWithAllBelowThem()
    {
        _folder.Write("services.yaml", Service("catalog"));
        _folder.Write("deep/er/policy.yml", Policy("p", "1s"));
        _folder.Write("notes.txt", "not: [yaml");
        _folder.Write(".hidden.yaml", Service("hidden"));
        _second.Write("more.yaml", Service("payments"));

        await StartAsync();

        Assert.True(_state.Current.IsSynced);
        Assert.Equal(["shop/catalog", "shop/payments"], _state.Current.Services.Keys.Select(name => name.ToString()).Order());
        Assert.Equal(1, InForce("p")?.Metadata.Generation);
        Assert.Empty(_errors.Current);
    }

    [Fact]
    public async Task FolderThatIsMissing_IsNamed()
    {
        var source = new DirectorySource(new ManifestFolders(["/nowhere/at/all"]), _state, _errors, TimeProvider.System, NullLogger<DirectorySource>.Instance);

        var exception = await Assert.ThrowsAsync<DirectoryNotFoundException>(() => source.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("'/nowhere/at/all'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EditedSpec_CountsAsTheNextGeneration()
    {
        _folder.Write("p.yaml", Policy("p", "1s"));
        await StartAsync();

        _folder.Write("p.yaml", Policy("p", "2s"));
        await UntilAsync(() => InForce("p")?.Metadata.Generation == 2);
        Assert.Equal(TimeSpan.FromSeconds(2), InForce("p")?.Spec.Timeouts?.Request?.Value);

        _folder.Write("p.yaml", Policy("p", "2s", label: "changed"));
        await UntilAsync(() => InForce("p")?.Metadata.Labels?["team"] == "changed");
        Assert.Equal(2, InForce("p")?.Metadata.Generation);
    }

    [Fact]
    public async Task RenameAndReplace_IsAnEdit()
    {
        _folder.Write("p.yaml", Policy("p", "1s"));
        await StartAsync();

        _folder.Write(".p.yaml.swp", Policy("p", "3s"));
        File.Copy(_folder.File("p.yaml"), _folder.File("p.yaml~"));
        File.Move(_folder.File(".p.yaml.swp"), _folder.File("p.yaml"), overwrite: true);

        await UntilAsync(() => InForce("p")?.Spec.Timeouts?.Request?.Value == TimeSpan.FromSeconds(3));
        Assert.Equal(2, InForce("p")?.Metadata.Generation);
    }

    [Fact]
    public async Task NewAndDeletedFiles_AddAndRemoveTheirObjects()
    {
        _folder.Write("a.yaml", Service("catalog"));
        await StartAsync();

        _folder.Write("new/b.yaml", Service("payments"));
        await UntilAsync(() => _state.Current.Services.Count == 2);
        File.Delete(_folder.File("a.yaml"));
        await UntilAsync(() => _state.Current.Services.Count == 1);

        Assert.Equal("payments", _state.Current.Services.Keys.Single().Name);
    }

    [Fact]
    public async Task BadValue_KeepsTheLastGoodStateAndSaysWhere()
    {
        _folder.Write("p.yaml", Policy("p", "1s") + "---\n" + Policy("q", "1s"));
        await StartAsync();

        _folder.Write("p.yaml", Policy("p", "5x") + "---\n" + Policy("q", "9s"));
        await UntilAsync(() => _errors.Current.Count > 0);

        Assert.Contains("p.yaml:8: TrafficPolicy shop/p: spec.timeouts.request: found \"5x\", expected a duration", _errors.Current.Single().ToString(), StringComparison.Ordinal);
        Assert.Equal((1, TimeSpan.FromSeconds(1)), (InForce("p")?.Metadata.Generation, InForce("p")?.Spec.Timeouts?.Request?.Value));
        Assert.StartsWith("spec.timeouts.request: ", _state.Current.Policies[new("shop", "p")].Errors.Single(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(9), InForce("q")?.Spec.Timeouts?.Request?.Value);

        _folder.Write("p.yaml", Policy("p", "1s") + "---\n" + Policy("q", "9s"));
        await UntilAsync(() => _errors.Current.Count == 0);
        Assert.Empty(_state.Current.Policies[new("shop", "p")].Errors);
        Assert.Equal(1, InForce("p")?.Metadata.Generation);
    }

    [Fact]
    public async Task TextThatIsNoYaml_KeepsEverythingThatTheFileDefined()
    {
        _folder.Write("all.yaml", Service("catalog") + "---\n" + Policy("p", "1s"));
        await StartAsync();

        _folder.Write("all.yaml", "kind: [\n");
        await UntilAsync(() => _errors.Current.Count > 0);

        Assert.Single(_state.Current.Services);
        Assert.NotNull(InForce("p"));
        Assert.NotEmpty(_state.Current.Policies[new("shop", "p")].Errors);
    }

    [Fact]
    public async Task ObjectDefinedTwice_IsTheFirstPaths()
    {
        _folder.Write("b.yaml", "# mine\n" + Service("catalog") + "---\n" + Policy("p", "2s"));
        _folder.Write("a.yaml", Policy("p", "1s"));
        _second.Write("0.yaml", Policy("p", "3s"));

        await StartAsync();

        Assert.Equal(TimeSpan.FromSeconds(1), InForce("p")?.Spec.Timeouts?.Request?.Value);
        Assert.Equal([_folder.File("b.yaml"), _second.File("0.yaml")], _errors.Current.Select(error => error.File));
        Assert.Equal([7, 1], _errors.Current.Select(error => error.Line));
        Assert.All(_errors.Current, error => Assert.Contains(_folder.File("a.yaml") + ":1,", error.Message, StringComparison.Ordinal));

        File.Delete(_folder.File("a.yaml"));
        await UntilAsync(() => InForce("p")?.Spec.Timeouts?.Request?.Value == TimeSpan.FromSeconds(2));
        Assert.Equal(2, InForce("p")?.Metadata.Generation);
    }

    [Fact]
    public void ErrorsOfAnEarlierRun_AreForgotten()
    {
        _second.Write("manifest-errors", "mesh/p.yaml:1: long mended\n");
        using var state = new StateFolder(_second.Path, TimeProvider.System, NullLogger<StateFolder>.Instance);
        var errors = new ManifestErrors(_services.GetRequiredService<IMeterFactory>(), NullLogger<ManifestErrors>.Instance, state);

        errors.Replace([]);

        Assert.Empty(_second.Read("manifest-errors"));
    }

    [Fact]
    public async Task FolderThatGoes_KeepsItsObjects()
    {
        _second.Write("a.yaml", Service("catalog"));
        await StartAsync();

        Directory.Delete(_second.Path, recursive: true);
        await UntilAsync(() => _errors.Current.Count > 0);
        Assert.Single(_state.Current.Services);

        Directory.CreateDirectory(_second.Path);
        _second.Write("a.yaml", Service("payments"));
        await UntilAsync(() => _errors.Current.Count == 0);
        Assert.Equal("payments", _state.Current.Services.Keys.Single().Name);
    }

    public async ValueTask DisposeAsync()
    {
        if (_source is not null) await _source.StopAsync(CancellationToken.None);
        _source?.Dispose();
        await _services.DisposeAsync();
        _folder.Dispose();
        _second.Dispose();
    }

    private async Task StartAsync()
    {
        _source = new(new ManifestFolders([_folder.Path, _second.Path]), _state, _errors, TimeProvider.System, NullLogger<DirectorySource>.Instance);
        await _source.StartAsync(TestContext.Current.CancellationToken);
        await UntilAsync(() => _state.Current.IsSynced);
    }

    private TrafficPolicy? InForce(string name) => _state.Current.Policies.GetValueOrDefault(new("shop", name))?.InForce;

    // Errors are said after the state is written, and by no event: hence a look now and then.
    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
    }

    private static string Service(string name) => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: shop}
        spec: {ports: [{port: 80}]}

        """;

    private static string Policy(string name, string request, string label = "shop") => $$"""
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: {{name}}, namespace: shop, labels: { team: {{label}} } }
        spec:
          targetRefs:
          - {name: catalog}
          timeouts:
            request: {{request}}

        """;
}
