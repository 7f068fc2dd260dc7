using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Text;
using Mesh.Api.Probes;

namespace Mesh.Proxy.Health;

/// <summary>Asks the application as the kubelet would have: kubernetes/kubernetes pkg/probe/http.</summary>
internal sealed class HttpGetCheck : IDisposable
{
    // The kubelet's own limits.
    private const int MostRedirects = 10;
    private const int LongestText = 10 * 1024;

    // What tells the kubelet's requests from others, to applications and to the mesh.
    private const string AgentPrefix = "kube-probe/";

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        // Each probe has a connection of its own: one that is kept says nothing of whether the application accepts.
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = AcceptAnyCertificate },
    });

    /// <param name="probe">What to ask.</param>
    /// <param name="pod">The pod's address.</param>
    /// <param name="agent">Who asks, if it is the kubelet.</param>
    /// <param name="stop">Nobody waits any more.</param>
    public async Task<CheckAnswer> AskAsync(HttpGetProbe probe, IPAddress pod, string? agent, CancellationToken stop)
    {
        var scheme = string.Equals(probe.Scheme, "HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        var path = probe.Path is { Length: > 0 } given ? given : "/";
        if (!Uri.TryCreate($"{scheme}://{HealthPages.Authority(pod, probe.Port)}/{path.TrimStart('/')}", UriKind.Absolute, out var url))
        {
            return new(StatusCodes.Status503ServiceUnavailable, $"path: found {path}, expected one of a URL\n");
        }
        try
        {
            for (var redirects = 0; redirects <= MostRedirects; redirects++)
            {
                using var response = await _client.SendAsync(Request(probe, url, agent), stop);
                if (Redirection(response, url) is not { } next) return await AnswerAsync(response, stop);
                if (next.Host != url.Host) return new(StatusCodes.Status200OK, $"redirects to {next.Host}: taken for well\n");
                url = next;
            }
            return new(StatusCodes.Status503ServiceUnavailable, $"{url}: more than {MostRedirects} redirects\n");
        }
        catch (HttpRequestException failure)
        {
            return HealthPages.Failed($"GET {url}", failure);
        }
    }

    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage Request(HttpGetProbe probe, Uri url, string? agent)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        foreach (var header in probe.HttpHeaders ?? []) request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        var ours = agent?.StartsWith(AgentPrefix, StringComparison.Ordinal) is true ? agent : AgentPrefix + "mesh";
        if (!request.Headers.NonValidated.Contains("User-Agent")) request.Headers.TryAddWithoutValidation("User-Agent", ours);
        if (!request.Headers.NonValidated.Contains("Accept")) request.Headers.TryAddWithoutValidation("Accept", "*/*");
        return request;
    }

    private static Uri? Redirection(HttpResponseMessage response, Uri url) =>
        response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        && response.Headers.Location is { } location ? new Uri(url, location) : null;

    private static async Task<CheckAnswer> AnswerAsync(HttpResponseMessage response, CancellationToken stop)
    {
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[LongestText];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop);
        return new((int)response.StatusCode, Encoding.UTF8.GetString(buffer, 0, length));
    }

    [SuppressMessage("Security", "CA5359", Justification = "Nor does the kubelet check it: what is asked is whether the application answers, at the pod's own address.")]
    private static bool AcceptAnyCertificate(object sender, object? certificate, object? chain, SslPolicyErrors errors) => true;
}
