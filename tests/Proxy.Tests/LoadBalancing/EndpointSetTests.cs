using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class EndpointSetTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly EndpointSet _set;
    private readonly LiveEndpoint[] _endpoints;

    public EndpointSetTests()
    {
        _set = new(new(1), _time);
        _endpoints = Endpoints.Create(3, _time);
        _set.Replace(_endpoints);
    }

    [Fact]
    public void NoEndpoint_LeasesNone()
    {
        _set.Replace([]);
        Assert.Null(_set.Lease([]));
    }

    [Fact]
    public void TriedEndpoints_AreNotTakenWhileThereAreOthers()
    {
        for (var i = 0; i < 100; i++)
        {
            using var trace = new RequestTrace();
            for (var attempt = 0; attempt < _endpoints.Length; attempt++) Try(trace);
            Assert.Equal(3, trace.Attempts.Select(attempt => attempt.Endpoint).Distinct().Count());
            Try(trace);
        }
    }

    [Fact]
    public void EndpointThatRefused_IsPassedOverForAWhile()
    {
        Refuse(_endpoints[0]);
        Assert.DoesNotContain(_endpoints[0], Leases(100));
        Assert.Equal(EndpointState.SetAside, _endpoints[0].State);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains(_endpoints[0], Leases(100));
        Assert.Equal(EndpointState.Available, _endpoints[0].State);
    }

    [Fact]
    public void EndpointThatRefused_IsPassedOverForOneAlreadyTried()
    {
        _set.Replace(_endpoints[..2]);
        Refuse(_endpoints[0]);
        using var trace = new RequestTrace();
        Try(trace);
        Try(trace);
        Assert.All(trace.Attempts, attempt => Assert.Same(_endpoints[1], attempt.Endpoint));
    }

    [Fact]
    public void AllRefused_AllAreUsed()
    {
        foreach (var endpoint in _endpoints) Refuse(endpoint);
        Assert.Equal(3, Leases(100).Distinct().Count());
    }

    private void Try(RequestTrace trace) => trace.Begin(_set.Lease(trace.Attempts)!.Value).Failed("Reset", AttemptEnd.Reset, TimeSpan.Zero);

    private void Refuse(LiveEndpoint endpoint) => _set.Report(new(endpoint), new(AttemptEnd.ConnectFailed, 0, null, TimeSpan.Zero));

    private List<LiveEndpoint> Leases(int count) => [.. Enumerable.Range(0, count).Select(_ => _set.Lease([])!.Value.Endpoint)];
}
