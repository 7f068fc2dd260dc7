using System.Net;
using System.Text.Json;
using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using OpenTelemetry.Metrics;

namespace Mesh.Proxy.Admin;

/// <summary>What the proxy tells whoever is on its host: <c>/ready</c>, <c>/metrics</c>, <c>/config</c>, <c>/drain</c>.</summary>
internal sealed class AdminPages(DiscoveryOptions options, PortRegistry ports, Drain drain, IDestinationInventory inventory, IdentityReport identity, IServiceProvider services)
{
    private readonly RequestDelegate _metrics = NewScrapingEndpoint(services);

    public Task HandleAsync(HttpContext context) => !IsOfThisHost(context.Request.Host.Value) ? RefuseHostAsync(context) : context.Request.Path.Value switch
    {
        "/ready" => WriteReadyAsync(context),
        "/metrics" => WriteMetricsAsync(context),
        "/config" => WriteConfigAsync(context),
        "/drain" => DrainAsync(context),
        _ => WriteNotFoundAsync(context),
    };

    // A page on the web may have its own name resolve to a loopback address and so read these pages through a browser on this
    // host (DNS rebinding); the browser then sends that name.
    private static bool IsOfThisHost(string? host) => Authority.TryParse(host, out var authority)
        && (authority.Address is { } address ? IPAddress.IsLoopback(address) : authority.Host is "localhost");

    private static Task RefuseHostAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return context.Response.WriteAsync($"Host: found '{context.Request.Host.Value}', expected localhost or a loopback address\n", context.RequestAborted);
    }

    public Task WriteMetricsAsync(HttpContext context) => _metrics(context);

    public Task WriteReadyAsync(HttpContext context)
    {
        var readiness = Readiness.Of(options, ports, drain, inventory, identity);
        var status = readiness.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return WriteAsync(context, status, JsonSerializer.SerializeToUtf8Bytes(readiness, AdminJson.Default.Readiness));
    }

    private Task WriteConfigAsync(HttpContext context)
    {
        var page = ConfigPage.Of(options, ports, inventory, identity);
        return WriteAsync(context, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(page, AdminJson.Default.ConfigPage));
    }

    // The page says whether it has begun. A browser names the page that a POST comes from, and nobody else does: it is never to be
    // some page on the web that takes an application out of service.
    private Task DrainAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method))
        {
            if (context.Request.Headers.Origin.Count > 0) return RefuseAsync(context, StatusCodes.Status403Forbidden, "not from a web page");
            drain.Begin();
        }
        else if (!HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, POST";
            return RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "POST begins to drain, GET says whether it has begun");
        }
        return WriteAsync(context, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(DrainPage.Of(drain, ports), AdminJson.Default.DrainPage));
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(reason + "\n", context.RequestAborted);
    }

    private static Task WriteNotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("/ready, /metrics, /config and /drain are here\n", context.RequestAborted);
    }

    private static async Task WriteAsync(HttpContext context, int status, byte[] json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    private static RequestDelegate NewScrapingEndpoint(IServiceProvider services)
    {
        // Nobody else asks for it: what it measures is found elsewhere.
        _ = services.GetRequiredService<IdentityMetrics>();
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(
            services.GetRequiredService<MeterProvider>(), predicate: null, path: "/metrics", configureBranchedPipeline: null, optionsName: null);
        return pipeline.Build();
    }
}
