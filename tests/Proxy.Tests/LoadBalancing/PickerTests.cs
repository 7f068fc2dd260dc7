using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class PickerTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(LoadBalancerAlgorithm.PeakEwma)]
    [InlineData(LoadBalancerAlgorithm.LeastRequest)]
    [InlineData(LoadBalancerAlgorithm.RoundRobin)]
    [InlineData(LoadBalancerAlgorithm.Random)]
    public void AnyAlgorithm_SpreadsEvenlyOverEqualEndpoints(LoadBalancerAlgorithm algorithm)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var endpoints = Endpoints.Create(2 + seed % 7, _time);
            var picker = EndpointPickers.Create(algorithm, new(seed));
            var counts = endpoints.ToDictionary(endpoint => endpoint, _ => 0);

            const int perEndpoint = 1000;
            for (var i = 0; i < perEndpoint * endpoints.Length; i++) counts[picker.Pick(endpoints, _time)]++;

            Assert.All(counts.Values, count => Assert.InRange(count, perEndpoint * 0.8, perEndpoint * 1.2));
        }
    }

    [Theory]
    [InlineData(LoadBalancerAlgorithm.PeakEwma)]
    [InlineData(LoadBalancerAlgorithm.LeastRequest)]
    [InlineData(LoadBalancerAlgorithm.RoundRobin)]
    [InlineData(LoadBalancerAlgorithm.Random)]
    public void AnyAlgorithm_TakesTheOnlyCandidate(LoadBalancerAlgorithm algorithm)
    {
        var only = Endpoints.Create(1, _time);
        Assert.Same(only[0], EndpointPickers.Create(algorithm, new(1)).Pick(only, _time));
    }

    [Fact]
    public void LeastRequest_NeverTakesTheBusiest()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var endpoints = Endpoints.Create(random.Next(2, 12), _time);
            var busiest = endpoints[random.Next(endpoints.Length)];
            foreach (var endpoint in endpoints) endpoint.LeaseTimes(endpoint == busiest ? 20 : random.Next(20));
            var picker = new LeastRequestPicker(random);

            for (var i = 0; i < 200; i++) Assert.NotSame(busiest, picker.Pick(endpoints, _time));
        }
    }

    [Fact]
    public void RoundRobin_VisitsEachOnceBeforeAnyTwice()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var endpoints = Endpoints.Create(1 + seed, _time);
            var picker = new RoundRobinPicker(new(seed));
            for (var round = 0; round < 3; round++)
            {
                Assert.Equal(endpoints.Length, endpoints.Select(_ => picker.Pick(endpoints, _time)).Distinct().Count());
            }
        }
    }

    [Fact]
    public void PeakEwma_NeverTakesTheSlowestOfEquallyBusyEndpoints()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var endpoints = Endpoints.Create(random.Next(2, 12), _time);
            var slowest = endpoints[random.Next(endpoints.Length)];
            foreach (var endpoint in endpoints) endpoint.Latency.Observe(TimeSpan.FromMilliseconds(endpoint == slowest ? 100 : random.Next(1, 50)));
            var picker = new PeakEwmaPicker(random);

            for (var i = 0; i < 200; i++) Assert.NotSame(slowest, picker.Pick(endpoints, _time));
        }
    }

    [Fact]
    public void PeakEwma_TakesASlowIdleEndpointBeforeAFastOneThatIsBusyEnough()
    {
        var endpoints = Endpoints.Create(2, _time);
        endpoints[0].Latency.Observe(TimeSpan.FromMilliseconds(10));
        endpoints[1].Latency.Observe(TimeSpan.FromMilliseconds(35));
        var picker = new PeakEwmaPicker(new(1));

        endpoints[0].LeaseTimes(2);
        Assert.Same(endpoints[0], picker.Pick(endpoints, _time));
        endpoints[0].LeaseTimes(1);
        Assert.Same(endpoints[1], picker.Pick(endpoints, _time));
    }

    [Fact]
    public void PeakEwma_GivesANewEndpointOneRequestUntilItIsMeasured()
    {
        var endpoints = Endpoints.Create(2, _time);
        endpoints[0].Latency.Observe(TimeSpan.FromMilliseconds(10));
        var picker = new PeakEwmaPicker(new(1));

        Assert.Same(endpoints[1], picker.Pick(endpoints, _time));
        endpoints[1].LeaseTimes(1);
        for (var i = 0; i < 50; i++) Assert.Same(endpoints[0], picker.Pick(endpoints, _time));
    }

    [Fact]
    public void PeakEwma_ComesBackToAnEndpointThatWasSlow()
    {
        var endpoints = Endpoints.Create(2, _time);
        endpoints[1].Latency.Observe(TimeSpan.FromSeconds(1));
        var picker = new PeakEwmaPicker(new(1));

        var seconds = 0;
        for (; seconds < 120; seconds++)
        {
            endpoints[0].Latency.Observe(TimeSpan.FromMilliseconds(10));
            if (picker.Pick(endpoints, _time) == endpoints[1]) break;
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.InRange(seconds, 10, 60);
    }
}
