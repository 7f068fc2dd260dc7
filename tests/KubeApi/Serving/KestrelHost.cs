using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.KubeApi.Serving;

/// <summary>A Kestrel that serves one handler over TLS, in HTTP/1.1 and HTTP/2.</summary>
internal static class KestrelHost
{
    private const int Attempts = 50;

    /// <summary>Listens on a port, 0 for any that is free.</summary>
    public static async Task<WebApplication> StartAsync(IPEndPoint address, X509Certificate2 certificate, RequestDelegate handler)
    {
        for (var attempt = 1; ; attempt++)
        {
            var web = Build(address, certificate, handler);
            try
            {
                await web.StartAsync();
                return web;
            }
            catch (IOException failure) when (address.Port != 0 && attempt < Attempts && failure.GetBaseException() is SocketException)
            {
                // Between stop and start, an outgoing connection of some process may have been given the port; it gives it back soon.
                await web.DisposeAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private static WebApplication Build(IPEndPoint address, X509Certificate2 certificate, RequestDelegate handler)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(address, endpoint => endpoint.UseHttps(certificate)));
        var web = builder.Build();
        web.UseWebSockets();
        web.Run(handler);
        return web;
    }
}
