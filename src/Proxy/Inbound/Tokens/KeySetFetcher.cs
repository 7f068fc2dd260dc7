using System.Net;
using System.Text;

namespace Mesh.Proxy.Inbound.Tokens;

/// <summary>
/// Fetches JWKS from the one address that a policy's author wrote: over https, without a redirection, a proxy or a cookie, within
/// bounds of size and time. What was answered is told to nobody.
/// </summary>
internal sealed class KeySetFetcher : IDisposable
{
    // A key has about a kilobyte with its certificates.
    private const int LargestAnswer = 256 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _client;
    private readonly TimeProvider _clock;

    public KeySetFetcher(TimeProvider clock)
        : this(NewHandler(), clock)
    {
    }

    /// <param name="handler">Sends requests, and follows nothing.</param>
    /// <param name="clock">Of the time limit.</param>
    internal KeySetFetcher(HttpMessageHandler handler, TimeProvider clock) => (_client, _clock) = (new(handler), clock);

    /// <exception cref="InvalidDataException">The answer is none that can be used.</exception>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    /// <exception cref="HttpRequestException">There was none at all.</exception>
    public async Task<string> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        if (address.Scheme != Uri.UriSchemeHttps) throw new InvalidDataException($"found {address.Scheme}, expected https");
        using var timeout = new CancellationTokenSource(Patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Accept", "application/jwk-set+json, application/json" } } };
            using var answer = await _client.SendAsync(request, either.Token);
            if (answer.StatusCode is not HttpStatusCode.OK) throw new InvalidDataException($"found status {(int)answer.StatusCode}, expected 200");
            return await ReadAsync(answer.Content, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"found no whole answer within {Patience.TotalSeconds:0} s");
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<string> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[LargestAnswer + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= LargestAnswer ? Encoding.UTF8.GetString(buffer, 0, length) : throw new InvalidDataException($"found more than {LargestAnswer} bytes");
    }

    private static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    };
}
