using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Discovery;

/// <summary>From a proxy's report to the status of the policy that it speaks of.</summary>
public sealed class ShadowTests
{
    [Fact]
    public async Task Report_ReachesThePolicysStatus()
    {
        var time = new FakeTimeProvider(new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
        await using var mesh = await TestOperator.StartAsync(time: time);
        mesh.Upsert(
            Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1")),
            Given.Policy("tried", spec: s => (s.Mode, s.Timeouts) = (PolicyMode.Shadow, new() { Request = Given.Milliseconds(200) })));
        using var proxy = await mesh.ConnectAsync();
        var update = await proxy.SubscribedAsync("catalog");
        Assert.Null(update.Policy.Timeouts.Request);
        Assert.Equal(TimeSpan.FromMilliseconds(200), update.Shadow.Timeouts.Request.ToTimeSpan());
        await proxy.AcknowledgeAsync(update);

        await proxy.SendAsync(new()
        {
            ShadowReport = new()
            {
                Destination = update.Destination,
                Version = update.Version,
                Requests = 1000,
                Decisions = { new ShadowDecision { Decision = "request-timeout", Count = 3 } },
            },
        });
        // Of a destination that the proxy isn't subscribed to, and of a version that it never had.
        await proxy.SendAsync(new() { ShadowReport = new() { Destination = "shop/payments:80", Version = update.Version, Requests = 1000 } });
        await proxy.SendAsync(new() { ShadowReport = new() { Destination = update.Destination, Version = update.Version + 1, Requests = 1000 } });
        var status = mesh.Statuses.WaitForAsync("shop/tried", ConditionTypes.Shadow, condition => condition.Reason == "Evaluated");
        while (!status.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("Of 1000 requests it would have timed out 0.3 %", (await status).Message);
    }
}
