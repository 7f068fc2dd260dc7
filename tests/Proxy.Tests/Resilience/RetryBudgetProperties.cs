using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Mesh.Proxy.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>What holds of the retry budget whatever the traffic.</summary>
public sealed class RetryBudgetProperties
{
    private const int WindowSeconds = 10;

    // A burst of requests, a burst of retries that are due, or a pause.
    private static readonly Gen<(char What, int Value)[]> Histories = Gen.ArrayOf(Gen.OneOf(
        Gen.Choose(1, 50).Select(count => ('q', count)),
        Gen.Choose(1, 50).Select(count => ('t', count)),
        Gen.Choose(1, 4000).Select(milliseconds => ('p', milliseconds))), 200);

    [Property(MaxTest = 200)]
    public Property Retries_StayWithinTheFloorOfEachSecondAndTheShareOfTheLastTen() => Prop.ForAll(
        (from percent in Gen.Choose(0, 100) from floor in Gen.Choose(0, 20) from history in Histories select (percent, floor, history)).ToArbitrary(),
        run =>
        {
            var time = new FakeTimeProvider();
            var budget = new RetryBudget(time);
            var (requests, retries) = (new Dictionary<long, long>(), new Dictionary<long, long>());
            foreach (var (what, value) in run.history)
            {
                if (what == 'p') time.Advance(TimeSpan.FromMilliseconds(value));
                var second = time.GetTimestamp() / time.TimestampFrequency;
                for (var i = 0; i < value && what != 'p'; i++)
                {
                    if (what == 'q') budget.CountRequest();
                    else if (!budget.TryWithdraw((uint)run.percent, (uint)run.floor)) break;
                    var counts = what == 'q' ? requests : retries;
                    counts[second] = counts.GetValueOrDefault(second) + 1;
                    // What the floor gives is given though requests may have left the window before the retries that they paid for.
                    if (what == 't' && counts[second] > run.floor) Assert.True(Recent(retries, second, free: run.floor) * 100 <= Recent(requests, second) * run.percent);
                }
            }
        });

    [Property(MaxTest = 100)]
    public Property RoomInTheBudget_IsGiven() => Prop.ForAll(
        (from requests in Gen.Choose(0, 2000) from percent in Gen.Choose(0, 100) from floor in Gen.Choose(0, 20) select (requests, percent, floor)).ToArbitrary(),
        run =>
        {
            var budget = new RetryBudget(new FakeTimeProvider());
            for (var i = 0; i < run.requests; i++) budget.CountRequest();
            var given = 0;
            while (budget.TryWithdraw((uint)run.percent, (uint)run.floor)) given++;
            Assert.Equal(run.requests * run.percent / 100 + run.floor, given);
        });

    private static long Recent(Dictionary<long, long> counts, long second, long free = 0) =>
        counts.Where(slot => second - slot.Key < WindowSeconds).Sum(slot => Math.Max(0, slot.Value - free));
}
