using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class WeightTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(LoadBalancerAlgorithm.Random)]
    [InlineData(LoadBalancerAlgorithm.RoundRobin)]
    [InlineData(LoadBalancerAlgorithm.LeastRequest)]
    [InlineData(LoadBalancerAlgorithm.PeakEwma)]
    [InlineData(LoadBalancerAlgorithm.RingHash)]
    [InlineData(LoadBalancerAlgorithm.Maglev)]
    public void Weights_DecideTheSharesOfIdleEndpoints(LoadBalancerAlgorithm algorithm)
    {
        foreach (var weights in new uint[][] { [100, 300], [50, 100, 150, 200], [1000, 500, 500], [10, 100, 100, 100, 100] })
        {
            LiveEndpoint[] endpoints = [.. weights.Select((weight, i) => Endpoints.One(i + 1, _time, weight))];
            foreach (var endpoint in endpoints) endpoint.Latency.Observe(TimeSpan.FromMilliseconds(10));
            var counts = Count(algorithm, endpoints, 20_000);
            var sum = weights.Sum(weight => weight);
            for (var i = 0; i < weights.Length; i++) Assert.InRange(counts[endpoints[i]] / 20_000.0, 0.75 * weights[i] / sum, 1.25 * weights[i] / sum);
        }
    }

    [Fact]
    public void RoundRobin_GivesEachItsExactShare()
    {
        LiveEndpoint[] endpoints = [Endpoints.One(1, _time, 100), Endpoints.One(2, _time, 200), Endpoints.One(3, _time, 700)];
        var counts = Count(LoadBalancerAlgorithm.RoundRobin, endpoints, 10_000);
        Assert.InRange(counts[endpoints[0]], 998, 1002);
        Assert.InRange(counts[endpoints[1]], 1998, 2002);
        Assert.InRange(counts[endpoints[2]], 6998, 7002);
    }

    [Fact]
    public void RoundRobin_SpreadsTurnsEvenly()
    {
        LiveEndpoint[] endpoints = [Endpoints.One(1, _time, 100), Endpoints.One(2, _time, 300)];
        var (picker, context) = New(LoadBalancerAlgorithm.RoundRobin, endpoints);
        var since = 0;
        for (var i = 0; i < 1000; i++)
        {
            since = picker.Pick(endpoints, context) == endpoints[0] ? 0 : since + 1;
            Assert.InRange(since, 0, 4);
        }
    }

    [Theory]
    [InlineData(LoadBalancerAlgorithm.LeastRequest)]
    [InlineData(LoadBalancerAlgorithm.PeakEwma)]
    public void UnderLoad_RequestsInFlightFollowTheWeights(LoadBalancerAlgorithm algorithm)
    {
        LiveEndpoint[] endpoints = [Endpoints.One(1, _time, 100), Endpoints.One(2, _time, 100), Endpoints.One(3, _time, 400)];
        foreach (var endpoint in endpoints) endpoint.Latency.Observe(TimeSpan.FromMilliseconds(10));
        var (picker, context) = New(algorithm, endpoints);
        for (var i = 0; i < 600; i++) picker.Pick(endpoints, context).LeaseTimes(1);
        Assert.InRange(endpoints[2].InFlight, 360, 440);
        Assert.InRange(endpoints[0].InFlight, 80, 120);
    }

    [Fact]
    public void OneThatOutweighsHundreds_IsStillDrawnByItsWeight()
    {
        LiveEndpoint[] endpoints = [.. Enumerable.Range(1, 200).Select(i => Endpoints.One(i, _time, i == 1 ? 1000u : 1u))];
        foreach (var algorithm in new[] { LoadBalancerAlgorithm.Random, LoadBalancerAlgorithm.RoundRobin })
        {
            var counts = Count(algorithm, endpoints, 20_000);
            Assert.InRange(counts[endpoints[0]] / 20_000.0, 0.79, 0.88);
        }
    }

    [Fact]
    public void NewEndpoint_StartsWithATenthAndComesUpInProportionToTime()
    {
        var start = SlowStart.Of(TimeSpan.FromSeconds(30), _time);
        var endpoint = Endpoints.One(1, _time, since: _time.GetTimestamp());
        foreach (var (seconds, share) in new[] { (0, 0.1), (3, 0.1), (6, 0.2), (15, 0.5), (29, 29.0 / 30), (30, 1), (90, 1) })
        {
            Assert.Equal(share, start.ShareOf(endpoint, endpoint.Since + seconds * _time.TimestampFrequency), 6);
        }
        Assert.Equal(1, start.ShareOf(Endpoints.One(2, _time), _time.GetTimestamp()));
    }

    [Theory]
    [InlineData(LoadBalancerAlgorithm.Random)]
    [InlineData(LoadBalancerAlgorithm.RoundRobin)]
    [InlineData(LoadBalancerAlgorithm.LeastRequest)]
    [InlineData(LoadBalancerAlgorithm.PeakEwma)]
    public void NewEndpoint_GetsItsShareSlowly(LoadBalancerAlgorithm algorithm)
    {
        var slow = SlowStart.Of(TimeSpan.FromSeconds(30), _time);
        LiveEndpoint[] endpoints = [Endpoints.One(1, _time), Endpoints.One(2, _time, since: _time.GetTimestamp())];
        foreach (var endpoint in endpoints) endpoint.Latency.Observe(TimeSpan.FromMilliseconds(10));
        foreach (var (seconds, share) in new[] { (0, 0.1), (15, 0.5), (30, 1.0) })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - _time.GetElapsedTime(endpoints[1].Since));
            foreach (var endpoint in endpoints) endpoint.Latency.Observe(TimeSpan.FromMilliseconds(10));
            var counts = Count(algorithm, endpoints, 20_000, slow);
            Assert.InRange(counts[endpoints[1]] / (double)counts[endpoints[0]], 0.85 * share, 1.15 * share);
        }
    }

    private Dictionary<LiveEndpoint, int> Count(LoadBalancerAlgorithm algorithm, LiveEndpoint[] endpoints, int picks, SlowStart slowStart = default)
    {
        var random = new Random(5);
        var (picker, context) = New(algorithm, endpoints, slowStart);
        var counts = endpoints.ToDictionary(endpoint => endpoint, _ => 0);
        var sticks = algorithm is LoadBalancerAlgorithm.RingHash or LoadBalancerAlgorithm.Maglev;
        for (var i = 0; i < picks; i++)
        {
            var keyed = sticks ? new PickContext { Key = (ulong)random.NextInt64(long.MinValue, long.MaxValue), Heaviest = context.Heaviest } : context;
            counts[picker.Pick(endpoints, keyed)]++;
        }
        return counts;
    }

    private (IEndpointPicker, PickContext) New(LoadBalancerAlgorithm algorithm, LiveEndpoint[] endpoints, SlowStart slowStart = default)
    {
        var selection = new Selection(new(EndpointPickers.Create(algorithm, new(3))), endpoints, new(endpoints, [], IsElastic: false), slowStart, null);
        return (selection.Picker, selection.ContextAt(_time.GetTimestamp(), null));
    }
}
