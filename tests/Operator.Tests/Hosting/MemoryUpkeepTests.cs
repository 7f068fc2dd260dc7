using System.Diagnostics.Metrics;
using Mesh.Operator.Discovery;
using Mesh.Operator.Hosting;
using Mesh.Operator.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Operator.Tests.Hosting;

public class MemoryUpkeepTests
{
    [Theory]
    [InlineData(new[] { 0, 0, 0 }, 0)]
    [InlineData(new[] { 50, 50, 50 }, 0)]
    [InlineData(new[] { 1000, 1500, 2000, 2000, 2000 }, 1)]
    [InlineData(new[] { 2000, 2000, 2100, 2100, 1900, 1900 }, 1)]
    [InlineData(new[] { 2000, 2000, 3000, 3000 }, 2)]
    [InlineData(new[] { 2000, 2000, 0, 0, 0 }, 2)]
    public void Storm_IsOverOnce_WhenNobodyComesOrGoesAnyMore(int[] proxies, int times)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var upkeep = new MemoryUpkeep(
            new ClusterState(), new SubscriptionTable(new(services.GetRequiredService<IMeterFactory>()), new()), TimeProvider.System, NullLogger<MemoryUpkeep>.Instance);

        Assert.Equal(times, proxies.Count(upkeep.IsStormOver));
    }

    [Theory]
    [InlineData(100, 0, false)]
    [InlineData(110, 100, false)]
    [InlineData(120, 100, true)]
    public void Heap_HasGrown_SinceItWasCollected(long bytes, long whenCollected, bool hasGrown) => Assert.Equal(hasGrown, MemoryUpkeep.HasGrown(bytes, whenCollected));
}
