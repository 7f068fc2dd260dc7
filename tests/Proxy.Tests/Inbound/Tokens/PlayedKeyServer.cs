using System.Net;
using Mesh.Proxy.Inbound.Tokens;

namespace Mesh.Proxy.Tests.Inbound.Tokens;

/// <summary>Answers for an issuer's key server.</summary>
internal sealed class PlayedKeyServer : HttpMessageHandler
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _requests;

    public required Func<HttpResponseMessage> Answer { get; set; }

    public int Requests => Volatile.Read(ref _requests);

    public List<Uri?> Addresses { get; } = [];

    public Task Asked => _asked.Task.WaitAsync(TestContext.Current.CancellationToken);

    public static HttpResponseMessage Json(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text) };

    public KeySetFetcher NewFetcher(TimeProvider time) => new(this, time);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Addresses) Addresses.Add(request.RequestUri);
        Interlocked.Increment(ref _requests);
        _asked.TrySetResult();
        return Task.FromResult(Answer());
    }
}
