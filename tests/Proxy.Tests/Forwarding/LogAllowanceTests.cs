using Mesh.Proxy.Forwarding;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Forwarding;

public class LogAllowanceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Lines_AreLetThroughUpToTheirNumber_EachSecond()
    {
        var allowance = new LogAllowance(3, _time);
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => allowance.TryTake(out var _)));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(allowance.TryTake(out var missed));
        Assert.Equal(7, missed);
        Assert.True(allowance.TryTake(out missed));
        Assert.Equal(0, missed);
    }
}
