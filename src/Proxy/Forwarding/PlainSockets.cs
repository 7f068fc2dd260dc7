using System.Net;
using System.Text;

namespace Mesh.Proxy.Forwarding;

/// <summary>Connections that add nothing of their own to what passes: no redirects, cookies, decompression, proxies, trace headers.</summary>
internal static class PlainSockets
{
    public static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        // Headers pass byte for byte, as the listening side reads them.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };
}
