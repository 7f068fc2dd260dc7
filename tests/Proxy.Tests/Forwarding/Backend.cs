using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>A real server on a port of its own.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly WebApplication _application;
    private int _requests;

    private Backend(WebApplication application) => _application = application;

    public string Address { get; private set; } = "";

    public int Requests => Volatile.Read(ref _requests);

    public static async Task<Backend> StartAsync(RequestDelegate answer, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        var application = builder.Build();
        var backend = new Backend(application);
        application.Run(context =>
        {
            Interlocked.Increment(ref backend._requests);
            return answer(context);
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        backend.Address = new Uri(application.Urls.Single()).Authority;
        return backend;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
