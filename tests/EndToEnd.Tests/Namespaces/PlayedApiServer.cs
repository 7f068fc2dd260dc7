using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>As much of an API server as the CNI plugin asks: pods by name, over TLS, for one token.</summary>
internal sealed class PlayedApiServer : IAsyncDisposable
{
    public const string Token = "the-plugins-token";

    private readonly WebApplication _host;

    private PlayedApiServer(WebApplication host) => _host = host;

    /// <summary>Pods as JSON, by <c>namespace/name</c>.</summary>
    public ConcurrentDictionary<string, string> Pods { get; } = new();

    public static async Task<PlayedApiServer> StartAsync(Node node, TestCertificates certificates)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = at => node.Namespace.BindAsync(((IPEndPoint)at).Port).Result);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.IPv6Any, 6443, listen =>
            listen.UseHttps(X509Certificate2.CreateFromPemFile(certificates.Certificate, certificates.Key))));
        var server = new PlayedApiServer(builder.Build());
        server._host.Use((context, next) =>
        {
            if (context.Request.Headers.Authorization == $"Bearer {Token}") return next();
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });
        server._host.MapGet("/api/v1/namespaces/{namespace}/pods/{name}", (string @namespace, string name) =>
            server.Pods.TryGetValue($"{@namespace}/{name}", out var pod) ? Results.Text(pod, "application/json") : Results.NotFound());
        server._host.MapGet("/version", () => "{}");
        await server._host.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();
}
