using Mesh.Proxy.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class RetryBudgetTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RetryBudget _budget;

    public RetryBudgetTests() => _budget = new(_time);

    [Theory]
    [InlineData(1000, 20, 0, 200)]
    [InlineData(1000, 0, 0, 0)]
    [InlineData(0, 20, 10, 10)]
    [InlineData(1000, 20, 10, 210)]
    [InlineData(4, 20, 0, 0)]
    public void Allows_TheShareOfRequestsPlusTheFloor(int requests, uint percent, uint minPerSecond, int expected)
    {
        for (var i = 0; i < requests; i++) _budget.CountRequest();
        Assert.Equal(expected, Withdraw(percent, minPerSecond));
    }

    [Fact]
    public void Floor_IsThereEachSecond_AndNeverSavedUp()
    {
        Assert.Equal(10, Withdraw(percent: 0, minPerSecond: 10));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Withdraw(percent: 0, minPerSecond: 10));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(10, Withdraw(percent: 0, minPerSecond: 10));
    }

    [Fact]
    public void Share_RefillsAsTheWindowMovesOn()
    {
        for (var i = 0; i < 1000; i++) _budget.CountRequest();
        Assert.Equal(200, Withdraw(percent: 20, minPerSecond: 0));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, Withdraw(percent: 20, minPerSecond: 0));
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 100; i++) _budget.CountRequest();
        Assert.Equal(20, Withdraw(percent: 20, minPerSecond: 0));
    }

    [Fact]
    public void ForgetsRequests_AfterTenSeconds()
    {
        for (var i = 0; i < 1000; i++) _budget.CountRequest();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, Withdraw(percent: 20, minPerSecond: 0));
    }

    [Fact]
    public void UnderSteadyFailure_RetriesStayBelowTheShareInEveryWindow()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            var budget = new RetryBudget(_time);
            var (requests, retries) = (0, 0);
            for (var i = 0; i < 20_000; i++)
            {
                budget.CountRequest();
                requests++;
                if (budget.TryWithdraw(20, 0)) retries++;
                _time.Advance(TimeSpan.FromMilliseconds(random.Next(4)));
            }
            Assert.InRange(retries / (double)requests, 0.15, 0.21);
        }
    }

    private int Withdraw(uint percent, uint minPerSecond)
    {
        var count = 0;
        while (count < 10_000 && _budget.TryWithdraw(percent, minPerSecond)) count++;
        return count;
    }
}
