using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class HashTableTests
{
    private const int Keys = 20_000;

    [Fact]
    public void Ring_SharesKeysEvenlyToWithinAQuarter()
    {
        foreach (var count in Shares(new HashRing(Endpoints.Create(20, TimeProvider.System)))) Assert.InRange(count, 0.75 * Keys / 20, 1.25 * Keys / 20);
    }

    [Fact]
    public void Maglev_SharesItsSlotsEvenlyToWithinAHundredth()
    {
        var table = new MaglevTable(Endpoints.Create(100, TimeProvider.System));
        var slots = Enumerable.Range(0, table.SlotCount).CountBy(table.EndpointAt).Select(share => share.Value).ToList();
        Assert.Equal(100, slots.Count);
        Assert.All(slots, count => Assert.InRange(count, 655, 656));
    }

    [Fact]
    public void Maglev_MovesFewKeysBetweenEndpointsThatStay()
    {
        var endpoints = Endpoints.Create(50, TimeProvider.System);
        var (before, after) = (new MaglevTable(endpoints), new MaglevTable(endpoints[1..]));
        var moved = Enumerable.Range(0, before.SlotCount).Count(slot => before.EndpointAt(slot) != endpoints[0] && before.EndpointAt(slot) != after.EndpointAt(slot));
        Assert.InRange(moved / (double)before.SlotCount, 0, 0.05);
    }

    [Fact]
    public void Table_IsBuiltAgainOnlyForOtherEndpointsOrWeights()
    {
        var built = 0;
        var endpoints = Endpoints.Create(3, TimeProvider.System);
        var picker = new ConsistentHashPicker(all =>
        {
            built++;
            return new HashRing(all);
        }, new(1)).For(endpoints);
        Assert.Same(picker, picker.For([endpoints[2], endpoints[0], endpoints[1]]));
        Assert.Equal(1, built);

        Assert.NotSame(picker, picker.For(endpoints[1..]));
        endpoints[0].Describe(new() { Weight = 200 });
        Assert.NotSame(picker, picker.For(endpoints));
        Assert.Equal(3, built);
    }

    [Fact]
    public void Ring_OfAnySize_IsBounded()
    {
        LiveEndpoint[] endpoints = [.. Enumerable.Range(1, 1000).Select(i => Endpoints.One(i, TimeProvider.System, weight: 1000))];
        Assert.InRange(new HashRing(endpoints).SlotCount, 1 << 17, 1 << 18);
    }

    // Proxies of two versions serve side by side: these numbers must never change.
    [Fact]
    public void Placement_IsTheSameInEveryVersion()
    {
        var endpoints = Endpoints.Create(5, TimeProvider.System);
        Assert.Equal("515434", Owners(new HashRing(endpoints)));
        Assert.Equal("152422", Owners(new MaglevTable(endpoints)));
    }

    private static string Owners(HashTable table) =>
        string.Concat(new[] { "alice", "bob", "carol", "dave", "erin", "frank" }.Select(user => Owner(table, user).Split('.')[^1]));

    private static string Owner(HashTable table, string key) => table.EndpointAt(table.SlotOf(HashTable.HashOf(key))).Address.Address.ToString();

    private static IEnumerable<int> Shares(HashTable table) =>
        Enumerable.Range(0, Keys).CountBy(i => Owner(table, $"user-{i}")).Select(share => share.Value);
}
