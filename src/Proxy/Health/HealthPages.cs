using System.Globalization;
using System.Net;
using Mesh.Api.Probes;
using Mesh.Proxy.Admin;

namespace Mesh.Proxy.Health;

/// <summary>
/// What the kubelet asks: <c>/live</c>, <c>/ready</c>, and by its own path each of the application's probes; what Prometheus asks:
/// <c>/metrics</c>. Whoever reaches the pod can ask, and learns no more: what the application is asked is written down beforehand.
/// </summary>
/// <param name="probes">What the application is asked, by path.</param>
/// <param name="admin">Has two of the pages.</param>
/// <param name="http">Asks by HTTP.</param>
internal sealed class HealthPages(IReadOnlyDictionary<string, ApplicationProbe> probes, AdminPages admin, HttpGetCheck http)
{
    public Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (!HttpMethods.IsGet(context.Request.Method)) return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "GET is all there is\n");
        if (probes.TryGetValue(path, out var probe)) return CheckAsync(context, probe);
        return path switch
        {
            // That it is answered is the answer.
            "/live" => WriteAsync(context, StatusCodes.Status200OK, "ok\n"),
            "/ready" => admin.WriteReadyAsync(context),
            "/metrics" => admin.WriteMetricsAsync(context),
            _ => WriteAsync(context, StatusCodes.Status404NotFound, "/live, /ready, /metrics and the application's probes are here\n"),
        };
    }

    private async Task CheckAsync(HttpContext context, ApplicationProbe probe)
    {
        // Where the kubelet came to: the pod's own address, by which it would have come to the application.
        var pod = context.Connection.LocalIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.LocalIpAddress ?? IPAddress.Loopback;
        // The kubelet hangs up when its own timeout is over.
        var stop = context.RequestAborted;
        var answer = probe switch
        {
            { HttpGet: { } get } => await http.AskAsync(get, pod, context.Request.Headers.UserAgent, stop),
            { TcpSocket: { } tcp } => await TcpSocketCheck.AskAsync(tcp, pod, stop),
            _ => await GrpcCheck.AskAsync(probe.Grpc!, pod, stop),
        };
        await WriteAsync(context, answer.Status, answer.Text);
    }

    private static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>An address and a port, as a URL has them.</summary>
    internal static string Authority(IPAddress address, int port) => new IPEndPoint(address, port).ToString();

    /// <summary>What went wrong, and with what.</summary>
    internal static CheckAnswer Failed(string what, Exception failure) => new(StatusCodes.Status503ServiceUnavailable, string.Create(CultureInfo.InvariantCulture, $"{what}: {failure.Message}\n"));
}
