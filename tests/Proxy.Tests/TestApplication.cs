using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests;

/// <summary>What stands behind a proxy: a real server on a free port.</summary>
internal sealed class TestApplication : IAsyncDisposable
{
    private readonly WebApplication _application;

    private TestApplication(WebApplication application) => _application = application;

    public IPEndPoint Address => IPEndPoint.Parse(_application.Urls.Single()["http://".Length..]);

    public static Task<TestApplication> StartAsync(RequestDelegate handler, HttpProtocols protocols = HttpProtocols.Http1) =>
        StartAsync(protocols, _ => { }, application => application.Run(handler));

    public static async Task<TestApplication> StartAsync(HttpProtocols protocols, Action<IServiceCollection> services, Action<WebApplication> pipeline)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
        });
        services(builder.Services);
        var application = builder.Build();
        pipeline(application);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
