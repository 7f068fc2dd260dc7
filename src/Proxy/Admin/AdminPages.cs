using System.Text.Json;
using Mesh.Proxy.Listening;
using OpenTelemetry.Metrics;

namespace Mesh.Proxy.Admin;

/// <summary>What the proxy tells whoever is on its host: <c>/ready</c>, <c>/metrics</c>, <c>/config</c>.</summary>
internal sealed class AdminPages(IServiceProvider services, PortRegistry ports)
{
    private readonly Lazy<RequestDelegate> _metrics = new(() => NewScrapingEndpoint(services));

    public Task HandleAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/ready" => WriteReadyAsync(context),
        "/metrics" => _metrics.Value(context),
        _ => WriteNotFoundAsync(context),
    };

    private Task WriteReadyAsync(HttpContext context)
    {
        var readiness = new Readiness([.. ports.All.Where(port => port.Bound is null).Select(port => $"not listening yet: {port.Name} on {port.Requested}")]);
        return WriteAsync(context, readiness.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            JsonSerializer.SerializeToUtf8Bytes(readiness, AdminJson.Default.Readiness));
    }

    private static Task WriteNotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("/ready, /metrics and /config are here\n", context.RequestAborted);
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
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(
            services.GetRequiredService<MeterProvider>(), predicate: null, path: "/metrics", configureBranchedPipeline: null, optionsName: null);
        return pipeline.Build();
    }
}
