using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class LiveDestinationTests
{
    private const string A = "10.0.0.1:80", B = "10.0.0.2:80", C = "10.0.0.3:80";

    private readonly FakeDestination _destination = new(Policies.Default(), (_, _, _) => Task.FromResult(new HttpResponseMessage()), A, B);

    [Fact]
    public void Delta_ChangesWhatItNames()
    {
        _destination.Live.Apply(Updates.Delta(1, 2, added: [C], removed: [A]));
        Assert.Equal([B, C], Addresses(EndpointState.Available));
        Assert.Equal(2ul, _destination.Live.Version);
    }

    [Fact]
    public void Whole_ReplacesAll()
    {
        _destination.Live.Apply(Updates.Whole(2, Policies.Default(), C));
        Assert.Equal([C], Addresses(EndpointState.Available));
    }

    [Fact]
    public async Task EndpointThatLeaves_DrainsAndIsDisposed()
    {
        using var response = await _destination.SendAsync(HttpMethod.Get);
        var used = Assert.Single(_destination.Sent);
        _destination.Live.Apply(Updates.Delta(1, 2, removed: [used]));

        Assert.Equal([used], Addresses(EndpointState.Draining));
        Assert.Empty(_destination.Disposed);
        _destination.Trace.Dispose();
        Assert.Empty(Addresses(EndpointState.Draining));
        Assert.Equal([used], _destination.Disposed);
    }

    [Fact]
    public async Task EndpointThatComesBack_IsUsedAgainAsItWas()
    {
        using var response = await _destination.SendAsync(HttpMethod.Get);
        var used = Assert.Single(_destination.Sent);
        _destination.Live.Apply(Updates.Delta(1, 2, removed: [used]));
        _destination.Live.Apply(Updates.Delta(2, 3, added: [used]));
        _destination.Trace.Dispose();

        Assert.Empty(_destination.Disposed);
        var report = Assert.Single(_destination.Live.Report([]).Endpoints, endpoint => endpoint.Address == used);
        Assert.Equal(EndpointState.Available, report.State);
        Assert.NotNull(report.LatencyMilliseconds);
    }

    [Fact]
    public async Task AddressThatAnotherPodTakesOver_StartsAfresh()
    {
        using var response = await _destination.SendAsync(HttpMethod.Get);
        _destination.Trace.Dispose();
        var used = Assert.Single(_destination.Sent);
        var update = Updates.Delta(1, 2, added: [used]);
        update.Endpoints[0].Pod = "shop/other";
        _destination.Live.Apply(update);

        Assert.Equal([used], _destination.Disposed);
        Assert.Null(Assert.Single(_destination.Live.Report([]).Endpoints, endpoint => endpoint.Address == used).LatencyMilliseconds);
    }

    [Fact]
    public void EndpointsAlone_DontChangeWhatRequestsGoThrough()
    {
        var before = _destination.Live.Current;
        _destination.Live.Apply(Updates.Delta(1, 2, added: [C]));
        Assert.Same(before, _destination.Live.Current);
    }

    [Fact]
    public async Task ChangedPolicy_HoldsForTheNextRequestAndKeepsEndpoints()
    {
        var failing = new FakeDestination(Policies.Default(), (_, _, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError)));
        using (await failing.RunAsync(failing.SendAsync(HttpMethod.Get))) Assert.Single(failing.Sent);

        failing.Live.Apply(Updates.Delta(1, 2, policy: Policies.RetryingOn(RetryCondition.ServerError)));
        failing.Sent.Clear();
        using (await failing.RunAsync(failing.SendAsync(HttpMethod.Get))) Assert.Equal(3, failing.Sent.Count);
        Assert.Empty(failing.Disposed);
    }

    [Fact]
    public async Task WithoutEndpoints_TheErrorSaysSo()
    {
        _destination.Live.Apply(Updates.Delta(1, 2, removed: [A, B]));
        var failure = await Assert.ThrowsAsync<MeshException>(() => _destination.SendAsync(HttpMethod.Get));
        Assert.Equal(MeshErrorCode.NoEndpoints, failure.Code);
        Assert.Contains(Updates.Catalog, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestInFlight_IsCountedUntilItsAnswerHasBeenPassedOn()
    {
        using var response = await _destination.SendAsync(HttpMethod.Get);
        Assert.True(_destination.Live.HasRequestsInFlight);
        _destination.Trace.Dispose();
        Assert.False(_destination.Live.HasRequestsInFlight);
    }

    private List<string> Addresses(EndpointState state) =>
        [.. _destination.Live.Report([]).Endpoints.Where(endpoint => endpoint.State == state).Select(endpoint => endpoint.Address).Order()];
}
