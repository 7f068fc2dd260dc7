using System.Net;
using Mesh.Proxy.Inbound.Concurrency;
using Mesh.Proxy.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Inbound.Concurrency;

public sealed class AdaptiveConcurrencyHandlerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _shed = [];
    private readonly AdaptiveLimiter _limiter;
    private readonly HttpMessageInvoker _invoker;
    private readonly TaskCompletionSource<HttpResponseMessage> _answer = new();

    public AdaptiveConcurrencyHandlerTests()
    {
        _limiter = new(new() { MinLimit = 2, MaxLimit = 2 }, new Random(1), _time);
        _invoker = new(new AdaptiveConcurrencyHandler("shop/catalog:80", _limiter, new([]), _shed.Add, _time) { InnerHandler = new Sending(_answer.Task) });
    }

    public void Dispose() => _invoker.Dispose();

    [Fact]
    public async Task UploadThatTakesItsTime_GivesItsPlaceUp_AndCountsAgainOnceItIsThere()
    {
        var body = new TaskCompletionSource();
        var answer = SendAsync(new SlowContent(body.Task));
        Assert.Equal(1, _limiter.InFlight);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _limiter.InFlight);
        body.SetResult();
        Assert.Equal(1, _limiter.InFlight);
        _answer.SetResult(new());
        await answer;
        Assert.Equal(0, _limiter.InFlight);
    }

    [Fact]
    public async Task UploadThatIsAnsweredBeforeItsEnd_IsCountedOutOnce()
    {
        var body = new TaskCompletionSource();
        var answer = SendAsync(new SlowContent(body.Task));
        _answer.SetResult(new());
        await answer;
        Assert.Equal(0, _limiter.InFlight);

        body.SetResult();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _limiter.InFlight);
    }

    [Fact]
    public async Task RequestThatFails_IsCountedOut()
    {
        var answer = SendAsync(content: null);
        _answer.SetException(new HttpRequestException("broken"));

        await Assert.ThrowsAsync<HttpRequestException>(() => answer);
        Assert.Equal(0, _limiter.InFlight);
    }

    [Fact]
    public async Task RequestBeyondTheLimit_IsRefusedWithoutBeingSent()
    {
        var first = SendAsync(content: null);
        var second = SendAsync(content: null);
        var refused = Assert.IsType<RefusedResponse>(await SendAsync(content: null));

        Assert.Equal(["0"], _shed);
        Assert.Equal((MeshErrorCode.Overloaded, TimeSpan.FromSeconds(1)), (refused.Reason.Code, refused.Reason.RetryAfter));
        _answer.SetResult(new());
        await Task.WhenAll(first, second);
    }

    private Task<HttpResponseMessage> SendAsync(HttpContent? content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://mesh/") { Content = content };
        request.Options.Set(RequestTrace.Key, new RequestTrace());
        return _invoker.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private sealed class Sending(Task<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } content) _ = content.CopyToAsync(Stream.Null, cancellationToken);
            return await answer;
        }
    }

    private sealed class SlowContent(Task body) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => body;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
