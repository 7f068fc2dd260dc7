using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.EndToEnd.Tests.Applications;

/// <summary>
/// An application with no idea of a mesh: HTTP/1.1 on one port, gRPC on another, on an address of its own as a pod has.
/// </summary>
internal sealed class Application : IAsyncDisposable
{
    private readonly WebApplication _host;
    private int _requests;

    private Application(WebApplication host) => _host = host;

    public CallLog Calls { get; } = new();

    public IPEndPoint Http { get; private set; } = null!;

    public IPEndPoint Grpc { get; private set; } = null!;

    /// <summary>HTTP requests that reached the application.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>How HTTP requests are answered; may be replaced while running. Default: 200 with the application's address.</summary>
    public RequestDelegate Answer { get; set; } = context => context.Response.WriteAsync(context.Connection.LocalIpAddress + "\n");

    public static Task<Application> StartAsync(IPAddress address) => StartAsync(new(address, 0), new(address, 0));

    /// <summary>Starts it on ports of both families.</summary>
    /// <param name="http">Where HTTP/1.1 is served.</param>
    /// <param name="grpc">Where gRPC is served.</param>
    /// <param name="bind">Makes the sockets. Default: on this host.</param>
    public static async Task<Application> StartAsync(IPEndPoint http, IPEndPoint grpc, Func<EndPoint, Socket>? bind = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        if (bind is not null) builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = bind);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(http, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(grpc, listen => listen.Protocols = HttpProtocols.Http2);
        });
        Application application = null!;
        builder.Services.AddSingleton(_ => application.Calls);
        application = new(builder.Build());
        await application.StartAsync();
        return application;
    }

    public async ValueTask DisposeAsync()
    {
        // A test that leaves a call hanging must not wait for it.
        using var now = new CancellationTokenSource(0);
        await _host.StopAsync(now.Token);
        await _host.DisposeAsync();
    }

    private async Task StartAsync()
    {
        _host.UseWebSockets();
        _host.MapGrpcService<EchoService>();
        _host.MapGrpcService<InteropService>();
        _host.Map("/socket", EchoSocketAsync);
        _host.MapFallback(context =>
        {
            Interlocked.Increment(ref _requests);
            return Answer(context);
        });
        await _host.StartAsync();
        var bound = _host.Urls.Select(url => IPEndPoint.Parse(new Uri(url).Authority)).ToArray();
        (Http, Grpc) = (bound[0], bound[1]);
    }

    private static async Task EchoSocketAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (received.MessageType is WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
                return;
            }
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }
    }
}
