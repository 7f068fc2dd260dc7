using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Operator.Hosting;

/// <summary>The sockets the operator listens on, and on which of them a request came.</summary>
internal sealed partial class Listeners(ILogger<Listeners> logger)
{
    private readonly List<(Listener Listener, ListenOptions Options, string Scheme)> _bound = [];

    /// <summary>Adds a listener; its port may be 0, and <c>[::]</c> takes IPv4 as well.</summary>
    public void Add(KestrelServerOptions kestrel, Listener listener, IPEndPoint address, HttpProtocols protocols, Action<ListenOptions>? configure = null) =>
        kestrel.Listen(OnThisKernel(address), options =>
        {
            options.Protocols = protocols;
            options.Use(next => connection =>
            {
                connection.Features.Set(listener);
                return next(connection);
            });
            configure?.Invoke(options);
            _bound.Add((listener, options, configure is null ? "http" : "https"));
        });

    /// <summary>Where a listener is, with the port that it got; known once the server has started.</summary>
    public IPEndPoint AddressOf(Listener listener) => _bound.Single(bound => bound.Listener == listener).Options.IPEndPoint!;

    // Where there is no IPv6, what was meant is every address.
    private static IPEndPoint OnThisKernel(IPEndPoint address) =>
        address.Address.Equals(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6 ? new(IPAddress.Any, address.Port) : address;

    public void LogAddresses()
    {
        foreach (var (listener, options, scheme) in _bound) LogListening(listener.Name, scheme, options.IPEndPoint!);
    }

    /// <summary>An endpoint of one listener does not exist on another.</summary>
    public static Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Listener>() is not { } listener || listener == context.Features.Get<Listener>()) return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "listening for {Listener} on {Scheme}://{Address}")]
    private partial void LogListening(string listener, string scheme, IPEndPoint address);
}
