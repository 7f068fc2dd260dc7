using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Serving;

namespace Mesh.KubeApi.Clusters;

/// <summary>An admission webhook of a test's own, over TLS.</summary>
public sealed class WebhookServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<JsonObject> _requests = new();
    private readonly ServingCertificate _certificate;
    private readonly WebApplication _web;

    private WebhookServer(ServingCertificate certificate, Func<JsonObject, JsonObject> respond)
    {
        _certificate = certificate;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(certificate.Server)));
        _web = builder.Build();
        _web.Run(http => ServeAsync(http, respond));
    }

    /// <summary>With a slash at its end.</summary>
    public Uri Address => new(_web.Urls.Single());

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Loopback, Address.Port);

    /// <summary>What its callers trust.</summary>
    public byte[] CaBundle => Encoding.ASCII.GetBytes(_certificate.Authority.ExportCertificatePem());

    /// <summary>The requests within the reviews so far.</summary>
    public IReadOnlyCollection<JsonObject> Requests => _requests;

    public static async Task<WebhookServer> StartAsync(Func<JsonObject, JsonObject> respond, params string[] dnsNames)
    {
        var server = new WebhookServer(ServingCertificate.Create(dnsNames), respond);
        await server._web.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task ServeAsync(HttpContext http, Func<JsonObject, JsonObject> respond)
    {
        var review = (await http.Request.ReadFromJsonAsync<JsonObject>(http.RequestAborted))!;
        var request = (JsonObject)review["request"]!;
        _requests.Enqueue(request);
        var response = respond(request);
        response["uid"] = request["uid"]!.ToString();
        await http.Response.WriteAsJsonAsync(new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response }, http.RequestAborted);
    }
}
