using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class AttemptTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly LiveEndpoint _endpoint = Endpoints.Create(1, TimeProvider.System)[0];
    private readonly RecordedVerdicts _verdicts = new();
    private readonly RequestTrace _trace = new();

    public void Dispose() => _trace.Dispose();

    [Theory]
    [InlineData(500, null)]
    [InlineData(503, null)]
    [InlineData(200, 14)]
    public void FailureInTheHead_IsReportedAtOnce_AndLeasedToTheEnd(int status, int? grpcStatus)
    {
        var attempt = Begin();
        attempt.Answered("x", new(AttemptEnd.Answered, status, grpcStatus, Second));
        Assert.Equal(new(AttemptEnd.Answered, status, grpcStatus, Second), Assert.Single(_verdicts));
        Assert.Equal(1, _endpoint.InFlight);

        attempt.Complete(AttemptEnd.BrokenOff, null);
        Assert.Single(_verdicts);
        Assert.Equal(0, _endpoint.InFlight);
    }

    [Theory]
    [InlineData(nameof(AttemptEnd.Answered), 13)]
    [InlineData(nameof(AttemptEnd.Answered), null)]
    [InlineData(nameof(AttemptEnd.BrokenOff), null)]
    [InlineData(nameof(AttemptEnd.Cancelled), null)]
    public void AnyOtherAnswer_IsReportedAtItsEnd(string ending, int? trailer)
    {
        var end = Enum.Parse<AttemptEnd>(ending);
        var attempt = Begin();
        attempt.Answered("200", new(AttemptEnd.Answered, 200, null, Second));
        Assert.Empty(_verdicts);
        Assert.Equal(1, _endpoint.InFlight);

        attempt.Complete(end, trailer);
        Assert.Equal(new(end, 200, trailer, Second), Assert.Single(_verdicts));
        Assert.Equal(0, _endpoint.InFlight);
    }

    [Fact]
    public void AnswerThatSparesTheApplication_IsReportedAtOnceAndStaysOne()
    {
        var attempt = Begin();
        attempt.Answered("429", new(AttemptEnd.Shed, 429, null, Second));
        Assert.Equal(AttemptEnd.Shed, Assert.Single(_verdicts).End);
        attempt.Complete(AttemptEnd.Answered, null);
        Assert.Equal(AttemptEnd.Shed, attempt.Verdict.End);
    }

    [Fact]
    public void Failure_IsTheEnd()
    {
        Begin().Failed("Reset", AttemptEnd.Reset, Second);
        Assert.Equal(new(AttemptEnd.Reset, 0, null, Second), Assert.Single(_verdicts));
        Assert.Equal(0, _endpoint.InFlight);
    }

    [Fact]
    public void EndOfTheRequest_EndsEachAnsweredAttemptOnce()
    {
        Begin().Answered("404", new(AttemptEnd.Answered, 404, null, Second));
        Begin().Failed("Reset", AttemptEnd.Reset, Second);
        var slow = Begin();
        _trace.Dispose();
        Assert.Equal(2, _verdicts.Count);
        Assert.Equal(1, _endpoint.InFlight);

        slow.Failed("Cancelled", AttemptEnd.Cancelled, Second);
        _trace.Dispose();
        Assert.Equal(3, _verdicts.Count);
        Assert.Equal(0, _endpoint.InFlight);
    }

    [Fact]
    public void Permit_IsKeptToTheEndOfTheAnswer()
    {
        using var permit = new CancellationTokenSource();
        var attempt = Begin();
        attempt.Answered("200", new(AttemptEnd.Answered, 200, null, Second));
        attempt.Hold(permit);
        Assert.False(permit.Token.IsCancellationRequested);
        attempt.Complete(AttemptEnd.Answered, 0);
        Assert.Throws<ObjectDisposedException>(() => permit.Token);
    }

    [Fact]
    public void Watcher_LearnsOnceWhatBecameOfTheRequest()
    {
        var watched = new RecordedVerdicts();
        _trace.Watch(watched);
        Begin().Failed("Reset", AttemptEnd.Reset, Second);
        var second = Begin();
        second.Answered("200", new(AttemptEnd.Answered, 200, null, Second));
        using var request = new HttpRequestMessage();
        second.Send(request);
        using var response = new HttpResponseMessage { RequestMessage = request };
        _trace.Answer(response);
        _trace.End(AttemptEnd.Answered, 5);
        Assert.Empty(watched);

        _trace.Dispose();
        _trace.Dispose();
        Assert.Equal(new(AttemptEnd.Answered, 200, 5, Second), Assert.Single(watched));
    }

    private Attempt Begin()
    {
        Assert.True(_endpoint.TryLease());
        return _trace.Begin(new(_endpoint, _verdicts));
    }

    private sealed class RecordedVerdicts : List<AttemptVerdict>, IAttemptObserver, IEndpointJudge
    {
        public void Report(in Lease lease, in AttemptVerdict verdict) => Add(verdict);

        public void Report(in AttemptVerdict verdict) => Add(verdict);
    }
}
