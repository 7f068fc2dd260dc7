using Mesh.Proxy.Resilience;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class FullJitterBackoffTests
{
    [Fact]
    public void Delay_IsAnywhereBelowACeilingThatDoublesUpToTheMaximum()
    {
        var backoff = new FullJitterBackoff(TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(250), new(1));
        foreach (var (failures, ceiling) in new[] { (0, 25), (1, 50), (2, 100), (3, 200), (4, 250), (5, 250), (1000, 250) })
        {
            var delays = Enumerable.Range(0, 1000).Select(_ => backoff.Delay(failures).TotalMilliseconds).ToList();
            Assert.All(delays, delay => Assert.InRange(delay, 0, ceiling));
            Assert.InRange(delays.Max(), ceiling * 0.95, ceiling);
            Assert.InRange(delays.Min(), 0, ceiling * 0.05);
        }
    }
}
