using System.Diagnostics;
using System.Globalization;
using Mesh.Scale.ApiServer;
using Mesh.Scale.Measuring;

namespace Mesh.Scale.Cluster;

/// <summary>Services and their pods, at an API server that says what becomes of them. The same size is the same cluster in every run.</summary>
internal sealed class SimulatedCluster
{
    private readonly SimulatedApiServer _api;
    private readonly SimulatedService[] _services;
    private readonly ChangeLags _lags;
    private readonly Random _random = new(1);
    private readonly SimulatedService[][] _calls;
    private uint _address = (10u << 24) + 1;

    public SimulatedCluster(ClusterSize size, SimulatedApiServer api, ChangeLags lags)
    {
        (Size, _api, _lags) = (size, api, lags);
        _services = [.. Enumerable.Range(0, size.Services).Select(index => new SimulatedService(index))];
        foreach (var space in _services.Select(service => service.Namespace).Distinct()) api.Namespaces.Put(space, version => Manifests.Namespace(space, version));
        foreach (var service in _services) Create(service);
        _calls = [.. Enumerable.Range(0, size.Proxies).Select(_ => Called())];
    }

    public ClusterSize Size { get; }

    public SimulatedService HomeOf(int proxy) => _services[proxy % _services.Length];

    public int PodOf(int proxy) => proxy / _services.Length;

    public IEnumerable<SimulatedService> CallsOf(int proxy) => _calls[proxy];

    /// <summary>Replaces an endpoint of a service that proxies call, and that has no proxy itself.</summary>
    public void ReplaceCalled() => Replace(_services[_random.Next(Size.Called)], _random.Next(ClusterSize.MostProxiesPerService, ClusterSize.EndpointsPerService));

    /// <summary>The same of a service that nobody calls.</summary>
    public void ReplaceUncalled() => Replace(_services[_random.Next(Size.Called, Size.Services)], _random.Next(ClusterSize.MostProxiesPerService, ClusterSize.EndpointsPerService));

    /// <summary>Replaces the pod of that number, of all pods of the cluster: first the first of each service.</summary>
    public void ReplaceNth(int pod) => Replace(_services[pod % _services.Length], pod / _services.Length);

    // As a controller does: the new pod, then the slice that names it, then the old pod's end.
    private void Replace(SimulatedService service, int index)
    {
        var (before, after) = (service.Pods[index], NewPod(service));
        service.Pods[index] = after;
        _api.Pods.Put(Key(service, after.Name), version => Manifests.Pod(service, after, version));
        var change = new Change(after.Address) { PublishedAt = Stopwatch.GetTimestamp() };
        if (service.Expect(change)) _lags.Expect();
        _api.Slices.Put(Key(service, service.Name), version => Manifests.Slice(service, version));
        _api.Pods.Remove(Key(service, before.Name), version => Manifests.Pod(service, before, version));
    }

    private void Create(SimulatedService service)
    {
        for (var i = 0; i < service.Pods.Length; i++)
        {
            var pod = service.Pods[i] = NewPod(service);
            _api.Pods.Put(Key(service, pod.Name), version => Manifests.Pod(service, pod, version));
        }
        _api.Services.Put(Key(service, service.Name), version => Manifests.Service(service, version));
        _api.Slices.Put(Key(service, service.Name), version => Manifests.Slice(service, version));
        if (service.Index % ClusterSize.ServicesPerPolicy == 0) _api.Policies.Put(Key(service, service.Name), version => Manifests.Policy(service, version));
    }

    private SimulatedPod NewPod(SimulatedService service) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{service.Name}-7d9c5b8f6d-{_address:x}"), _address++);

    private SimulatedService[] Called()
    {
        var called = new HashSet<SimulatedService>();
        while (called.Count < ClusterSize.SubscriptionsPerProxy) called.Add(_services[_random.Next(Size.Called)]);
        return [.. called];
    }

    private static string Key(SimulatedService service, string name) => $"{service.Namespace}/{name}";
}
