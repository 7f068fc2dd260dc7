using System.Net;
using BenchmarkDotNet.Attributes;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Micro.Benchmarks;

/// <summary>What it takes to choose an endpoint, and to lease and give it back.</summary>
public class Pickers
{
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Dictionary<LoadBalancerAlgorithm, IEndpointPicker> _pickers = [];
    private LiveEndpoint[] _endpoints = [];
    private EndpointSet _set = new(new Random(1), TimeProvider.System);
    private PickContext _context;

    [Params(3, 100)]
    public int Endpoints { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _endpoints = [.. Enumerable.Range(1, Endpoints).Select(i => new LiveEndpoint(new(new IPAddress([10, 0, 0, (byte)i]), 80), "", _ => throw new InvalidOperationException(), _time))];
        foreach (var algorithm in Enum.GetValues<LoadBalancerAlgorithm>().Where(algorithm => algorithm is not LoadBalancerAlgorithm.Unspecified))
            _pickers[algorithm] = EndpointPickers.Create(algorithm, new Random(1)).For(_endpoints);
        _context = new() { Key = 4711, Now = _time.GetTimestamp() };
        _set = new(new Random(1), _time);
        _set.Replace(_endpoints);
    }

    [Benchmark(Description = "pick by peak EWMA")]
    public object PeakEwma() => Pick(LoadBalancerAlgorithm.PeakEwma);

    [Benchmark(Description = "pick by least request")]
    public object LeastRequest() => Pick(LoadBalancerAlgorithm.LeastRequest);

    [Benchmark(Description = "pick by round robin")]
    public object RoundRobin() => Pick(LoadBalancerAlgorithm.RoundRobin);

    [Benchmark(Description = "pick by ring hash")]
    public object RingHash() => Pick(LoadBalancerAlgorithm.RingHash);

    [Benchmark(Description = "pick by Maglev")]
    public object Maglev() => Pick(LoadBalancerAlgorithm.Maglev);

    [Benchmark(Description = "lease and give back")]
    public void Lease() => _set.Lease([])!.Value.Endpoint.Release();

    private LiveEndpoint Pick(LoadBalancerAlgorithm algorithm) => _pickers[algorithm].Pick(_endpoints, _context);
}
