using Mesh.Proxy.LoadBalancing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class SetAsideTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SetAside _setAside;

    public SetAsideTests() => _setAside = new(_time);

    [Fact]
    public void RepeatedRefusals_DoubleTheTimeUpToThirtySeconds()
    {
        foreach (var expected in new[] { 1, 2, 4, 8, 16, 30, 30, 30 })
        {
            _setAside.Refused();
            _time.Advance(TimeSpan.FromSeconds(expected) - TimeSpan.FromMilliseconds(1));
            Assert.True(_setAside.IsActive);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.False(_setAside.IsActive);
        }
    }

    [Fact]
    public void RefusalsOfOneOutage_CountOnce()
    {
        for (var i = 0; i < 100; i++) _setAside.Refused();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_setAside.IsActive);
    }

    [Fact]
    public void AnAnswer_ClearsItAndStartsOver()
    {
        _setAside.Refused();
        _time.Advance(TimeSpan.FromSeconds(1));
        _setAside.Refused();
        _setAside.Answered();
        Assert.False(_setAside.IsActive);
        _setAside.Refused();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_setAside.IsActive);
    }
}
