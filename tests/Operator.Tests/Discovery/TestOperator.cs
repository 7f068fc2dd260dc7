using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Grpc.Net.Client;
using k8s;
using k8s.Models;
using Mesh.Operator.Discovery;
using Mesh.Operator.Hosting;
using Mesh.Operator.Sources;
using Mesh.Operator.State;
using Mesh.Operator.Status;

namespace Mesh.Operator.Tests.Discovery;

/// <summary>An operator on real sockets whose state the test writes itself.</summary>
internal sealed class TestOperator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MeterListener _meters = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();

    private TestOperator(WebApplication app)
    {
        _app = app;
        var factory = app.Services.GetRequiredService<IMeterFactory>();
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory) listener.EnableMeasurementEvents(instrument);
        };
        // What proxies are told of their own pods is counted apart from what they are told of destinations.
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            _counts.AddOrUpdate(tags is [{ Key: "kind", Value: "workload" }] ? $"{instrument.Name} workload" : instrument.Name, value, (_, sum) => sum + value));
        _meters.Start();
    }

    public ClusterState State => _app.Services.GetRequiredService<ClusterState>();

    public IPEndPoint Address => _app.Services.GetRequiredService<Listeners>().AddressOf(Listener.Discovery);

    public IPEndPoint AdminAddress => _app.Services.GetRequiredService<Listeners>().AddressOf(Listener.Admin);

    public RecordedStatuses Statuses => _app.Services.GetRequiredService<RecordedStatuses>();

    public static async Task<TestOperator> StartAsync(DiscoveryLimits? limits = null, TimeProvider? time = null, bool synced = true, IPAddress? host = null)
    {
        var options = new OperatorOptions { Manifests = ["none"], Discovery = new(host ?? IPAddress.Loopback, 0), Admin = new(host ?? IPAddress.Loopback, 0) };
        var app = OperatorHost.Build(options, builder =>
        {
            var source = builder.Services.Single(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType == typeof(DirectorySource));
            builder.Services.Remove(source);
            builder.Services.AddSingleton<RecordedStatuses>().AddSingleton<IStatusWriter>(services => services.GetRequiredService<RecordedStatuses>());
            if (limits is not null) builder.Services.AddSingleton(limits);
            if (time is not null) builder.Services.AddSingleton(time);
        });
        var started = new TestOperator(app);
        if (synced) Given.Sync(started.State);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return started;
    }

    public void Upsert(params IKubernetesObject<V1ObjectMeta>[] resources) => Given.Upsert(State, resources);

    public void Delete(IKubernetesObject<V1ObjectMeta> resource) =>
        State.Post(new ResourceChange.Delete(ResourceKinds.Of(resource), NamespacedName.Of(resource)));

    /// <summary>A proxy that connects once the state as it is now is what proxies are answered by: it sees the end of no earlier change.</summary>
    public async Task<TestProxy> ConnectAsync(string name = "proxy-0", string space = "shop")
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TestProxy.Patience);
        var applied = _app.Services.GetRequiredService<SubscriptionTable>().Applied;
        while (State.Current.IsSynced && applied.Current != State.Current) await Task.Delay(TimeSpan.FromMilliseconds(1), patience.Token);
        return await TestProxy.ConnectAsync(Channel(), name, space);
    }

    public GrpcChannel Channel() => GrpcChannel.ForAddress($"http://{Address}");

    public long Count(string instrument) => _counts.GetValueOrDefault(instrument);

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _meters.Dispose();
        await _app.DisposeAsync();
    }
}
