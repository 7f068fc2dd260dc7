using System.Globalization;
using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class DeadlineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private Dictionary<string, string> _received = [];

    [Theory]
    [InlineData("mesh-deadline", "{0}")]
    [InlineData("baggage", "mesh.deadline={0}")]
    [InlineData("baggage", "a=b, mesh.deadline = {0} ;hop=2 , c=d")]
    [InlineData("grpc-timeout", "700m")]
    [InlineData("grpc-timeout", "700000u")]
    public async Task CarriedDeadline_EndsTheRequest(string header, string value)
    {
        var destination = new FakeDestination(Policies.WithTimeouts(request: 2 * Second), Never);
        var start = destination.Time.GetUtcNow();

        var failure = await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(
            destination.SendAsync(HttpMethod.Get, headers: (header, string.Format(CultureInfo.InvariantCulture, value, InMilliseconds(destination, 700))))));

        Assert.Equal(MeshErrorCode.DeadlineExceeded, failure.Code);
        Assert.Equal(TimeSpan.FromMilliseconds(700), destination.Time.GetUtcNow() - start);
    }

    [Fact]
    public async Task Policy_TightensWhatIsCarried()
    {
        var destination = new FakeDestination(Policies.WithTimeouts(request: Second), Never);
        var failure = await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(
            destination.SendAsync(HttpMethod.Get, headers: ("mesh-deadline", InMilliseconds(destination, 5000)))));
        Assert.Equal(MeshErrorCode.RequestTimeout, failure.Code);
        Assert.Equal(InMilliseconds(destination, 0), _received["mesh-deadline"]);
    }

    // A proxy below is told of the moment, and may be the first to see it come; it doesn't know whose time that was.
    [Theory]
    [InlineData(5000, MeshErrorCode.RequestTimeout)]
    [InlineData(700, null)]
    public async Task DeadlineSeenToPassBelow_IsThePolicysWhereThatSetIt(int carried, object? code)
    {
        var destination = new FakeDestination(Policies.WithTimeouts(request: Second), (_, _, _) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.GatewayTimeout) { Headers = { { "mesh-error", "mesh/deadline-exceeded" } } }));

        var sending = destination.RunAsync(destination.SendAsync(HttpMethod.Get, headers: ("mesh-deadline", InMilliseconds(destination, carried))));

        if (code is null) Assert.Equal("mesh/deadline-exceeded", (await sending).Headers.GetValues("mesh-error").Single());
        else Assert.Equal(code, (await Assert.ThrowsAsync<MeshException>(() => sending)).Code);
    }

    [Fact]
    public async Task TightestOfSeveral_Holds_AndIsPassedOn()
    {
        var destination = new FakeDestination(Policies.WithTimeouts(request: 10 * Second), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get, headers:
        [
            ("mesh-deadline", InMilliseconds(destination, 5000)), ("baggage", $"a=b,mesh.deadline={InMilliseconds(destination, 3000)}"), ("grpc-timeout", "4S"),
        ]);
        var deadline = InMilliseconds(destination, 3000);
        Assert.Equal(deadline, _received["mesh-deadline"]);
        Assert.Equal($"a=b,mesh.deadline={deadline}", _received["baggage"]);
        Assert.Equal("4000m", _received["grpc-timeout"]);
    }

    [Fact]
    public async Task PolicysTimeout_IsPassedOnAsADeadline_AndLeavesAStreamsOwnTimeAlone()
    {
        var destination = new FakeDestination(Policies.WithTimeouts(request: 2 * Second), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get, headers: ("grpc-timeout", "1H"));
        Assert.Equal(InMilliseconds(destination, 2000), _received["mesh-deadline"]);
        Assert.Equal($"mesh.deadline={InMilliseconds(destination, 2000)}", _received["baggage"]);
        Assert.Equal("3600000m", _received["grpc-timeout"]);
    }

    [Fact]
    public async Task NoDeadline_AddsNothing()
    {
        var destination = new FakeDestination(Policies.Default(), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get, headers: ("baggage", " a=b , c=d"));
        Assert.Equal(["baggage"], _received.Keys);
        Assert.Equal(" a=b , c=d", _received["baggage"]);
    }

    [Fact]
    public async Task EachAttempt_IsToldWhatIsLeft()
    {
        var told = new List<TimeSpan>();
        var policy = Policies.WithTimeouts(attempt: Second, retryOn: RetryCondition.AttemptTimeout);
        var destination = new FakeDestination(policy, (endpoint, request, cancellationToken) =>
        {
            told.Add(TimeSpan.FromMilliseconds(int.Parse(request.Headers.GetValues("grpc-timeout").Single()[..^1], CultureInfo.InvariantCulture)));
            return Never(endpoint, request, cancellationToken);
        });
        await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(destination.SendAsync(HttpMethod.Get, headers: ("grpc-timeout", "10S"))));
        Assert.Equal(3, told.Count);
        Assert.True(told[0] - told[1] >= Second && told[1] - told[2] >= Second);
    }

    [Theory]
    [InlineData("mesh-deadline", "{0}")]
    [InlineData("baggage", "mesh.deadline={0}")]
    [InlineData("grpc-timeout", "0S")]
    public async Task WorkThatComesTooLate_IsNotSent(string header, string value)
    {
        var destination = new FakeDestination(Policies.Default(), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get, headers: (header, string.Format(CultureInfo.InvariantCulture, value, InMilliseconds(destination, -5))));
        Assert.Equal(MeshErrorCode.DeadlineExceeded, Assert.IsType<RefusedResponse>(response).Reason.Code);
        Assert.Empty(destination.Sent);
    }

    [Theory]
    [InlineData("mesh-deadline", "")]
    [InlineData("mesh-deadline", "-5")]
    [InlineData("mesh-deadline", "1e3")]
    [InlineData("mesh-deadline", "99999999999999999999999")]
    [InlineData("mesh-deadline", "9223372036854775807")]
    [InlineData("baggage", "mesh.deadline")]
    [InlineData("baggage", "mesh.deadline=")]
    [InlineData("baggage", "mesh.deadline=soon")]
    [InlineData("baggage", "Mesh.Deadline=1")]
    [InlineData("baggage", "x=mesh.deadline=1")]
    [InlineData("baggage", ",;=,=;,")]
    [InlineData("grpc-timeout", "S")]
    [InlineData("grpc-timeout", "1")]
    [InlineData("grpc-timeout", "1s")]
    [InlineData("grpc-timeout", "-1S")]
    [InlineData("grpc-timeout", "123456789S")]
    public async Task WhatCannotBeRead_IsNoDeadline(string header, string value)
    {
        var destination = new FakeDestination(Policies.Default(), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get, headers: (header, value));
        Assert.Single(destination.Sent);
        Assert.Equal(value, _received[header]);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    [InlineData(100, false)]
    public async Task Baggage_KeepsTheMembersOfOthers_AndItsBounds(int members, bool hasRoom)
    {
        var others = string.Join(',', Enumerable.Range(0, members).Select(i => $"k{i}=v;p=%20"));
        var destination = new FakeDestination(Policies.WithTimeouts(request: Second), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get, headers: ("baggage", others));
        Assert.Equal(hasRoom ? $"{others},mesh.deadline={InMilliseconds(destination, 1000)}" : others, _received["baggage"]);
        Assert.Equal(InMilliseconds(destination, 1000), _received["mesh-deadline"]);
    }

    [Theory]
    [InlineData(8100, true)]
    [InlineData(8180, false)]
    [InlineData(9000, false)]
    public async Task Baggage_GrowsNoLongerThanEveryoneHasToPassOn(int length, bool hasRoom)
    {
        var others = "a=" + new string('x', length - 2);
        var destination = new FakeDestination(Policies.WithTimeouts(request: Second), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get, headers: ("baggage", others));
        Assert.StartsWith(others, _received["baggage"], StringComparison.Ordinal);
        Assert.Equal(hasRoom, _received["baggage"].Contains("mesh.deadline=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DeadlineHandedOnInSeveralPlaces_IsWrittenOnce()
    {
        var destination = new FakeDestination(Policies.WithTimeouts(request: Second), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get, headers: ("baggage", $"mesh.deadline={InMilliseconds(destination, 5000)},a=b,mesh.deadline=x"));
        Assert.Equal($"a=b,mesh.deadline={InMilliseconds(destination, 1000)}", _received["baggage"]);
    }

    private static string InMilliseconds(FakeDestination destination, int milliseconds) =>
        (destination.Time.GetUtcNow().ToUnixTimeMilliseconds() + milliseconds).ToString(CultureInfo.InvariantCulture);

    private Task<HttpResponseMessage> Ok(string endpoint, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _received = request.Headers.NonValidated.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
    }

    private async Task<HttpResponseMessage> Never(string endpoint, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await Ok(endpoint, request, cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return new();
    }
}
