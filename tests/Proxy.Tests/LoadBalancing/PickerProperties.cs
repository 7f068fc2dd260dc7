using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.LoadBalancing;

/// <summary>What holds of every picker whatever the endpoints are like.</summary>
public sealed class PickerProperties
{
    private static readonly FakeTimeProvider Time = new();

    private static readonly Gen<LoadBalancerAlgorithm> Algorithms = Gen.Elements(
        Enum.GetValues<LoadBalancerAlgorithm>().Where(algorithm => algorithm != LoadBalancerAlgorithm.Unspecified).ToArray());

    private static readonly Gen<LoadBalancerAlgorithm> Hashing = Gen.Elements(LoadBalancerAlgorithm.RingHash, LoadBalancerAlgorithm.Maglev);

    private static readonly Gen<LiveEndpoint[]> Sets =
        from numbers in Gen.Choose(1, 2000).NonEmptyListOf().Select(numbers => numbers.Distinct().Take(40).ToArray())
        from weights in Gen.Choose(1, 1000).ArrayOf(numbers.Length)
        from busy in Gen.Choose(0, 50).ArrayOf(numbers.Length)
        from latencies in Gen.Choose(0, 3000).ArrayOf(numbers.Length)
        from isWeighted in Gen.Elements(true, false)
        select numbers.Select((number, i) => New(number, isWeighted ? weights[i] : 100, busy[i], latencies[i])).ToArray();

    [Property(MaxTest = 300)]
    public Property Pick_IsAmongTheCandidates() => Prop.ForAll(
        (from algorithm in Algorithms
         from all in Sets
         from kept in Gen.Choose(1, all.Length)
         from key in Gen.Choose(-1, int.MaxValue)
         from seed in Gen.Choose(0, 1000)
         select (algorithm, all, kept, key, seed)).ToArbitrary(),
        pick =>
        {
            var random = new Random(pick.seed);
            var picker = EndpointPickers.Create(pick.algorithm, random).For(pick.all);
            var candidates = pick.all.OrderBy(_ => random.Next()).Take(pick.kept).ToArray();
            var context = ContextOf(pick.all, pick.key < 0 ? null : (ulong)pick.key * 0x9E3779B97F4A7C15);
            for (var i = 0; i < 5; i++) Assert.Contains(picker.Pick(candidates, context), candidates);
        });

    [Property(MaxTest = 60)]
    public Property Key_LeadsToOneEndpoint_OnEveryProxy() => Prop.ForAll(
        (from algorithm in Hashing from all in Sets from seed in Gen.Choose(0, 1000) select (algorithm, all, seed)).ToArbitrary(),
        pick =>
        {
            var random = new Random(pick.seed);
            var here = EndpointPickers.Create(pick.algorithm, new(1)).For(pick.all);
            var there = EndpointPickers.Create(pick.algorithm, new(2)).For([.. pick.all.OrderBy(_ => random.Next())]);
            foreach (var key in Keys(50, random)) Assert.Same(here.Pick(pick.all, ContextOf(pick.all, key)), there.Pick(pick.all, ContextOf(pick.all, key)));
        });

    [Property(MaxTest = 60)]
    public Property EndpointThatIsOut_TakesOnlyItsOwnKeysAlong() => Prop.ForAll(
        (from algorithm in Hashing from all in Sets.Where(all => all.Length > 1) from seed in Gen.Choose(0, 1000) select (algorithm, all, seed)).ToArbitrary(),
        pick =>
        {
            var random = new Random(pick.seed);
            var picker = EndpointPickers.Create(pick.algorithm, random).For(pick.all);
            var gone = pick.all[random.Next(pick.all.Length)];
            LiveEndpoint[] rest = [.. pick.all.Where(endpoint => endpoint != gone)];
            foreach (var key in Keys(50, random))
            {
                var before = picker.Pick(pick.all, ContextOf(pick.all, key));
                if (before != gone) Assert.Same(before, picker.Pick(rest, ContextOf(pick.all, key)));
            }
        });

    [Property(MaxTest = 60)]
    public Property EndpointThatJoinsTheRing_MovesNoKeyBetweenOthers() => Prop.ForAll(
        (from all in Sets.Where(all => all.Length > 1) from seed in Gen.Choose(0, 1000) select (all, seed)).ToArbitrary(),
        pick =>
        {
            var random = new Random(pick.seed);
            var (joins, rest) = (pick.all[0], pick.all[1..]);
            var before = new ConsistentHashPicker(endpoints => new HashRing(endpoints), random).For(rest);
            var after = before.For(pick.all);
            foreach (var key in Keys(50, random))
            {
                var owner = after.Pick(pick.all, ContextOf(pick.all, key));
                if (owner != joins) Assert.Same(before.Pick(rest, ContextOf(rest, key)), owner);
            }
        });

    private static PickContext ContextOf(LiveEndpoint[] endpoints, ulong? key) =>
        new Selection(new(new RandomPicker(new(1))), endpoints, new(endpoints, [], IsElastic: false), default, null).ContextAt(Time.GetTimestamp(), key);

    private static IEnumerable<ulong> Keys(int count, Random random) => Enumerable.Range(0, count).Select(_ => HashTable.HashOf($"user-{random.Next()}"));

    private static LiveEndpoint New(int number, int weight, int busy, int latency)
    {
        var endpoint = Endpoints.One(number, Time, (uint)weight);
        endpoint.LeaseTimes(busy);
        if (latency > 0) endpoint.Latency.Observe(TimeSpan.FromMilliseconds(latency));
        return endpoint;
    }
}
