using Mesh.Operator.State;
using Mesh.Operator.Telemetry;

namespace Mesh.Operator.Hosting;

internal static class AdminEndpoints
{
    /// <summary><c>/healthz</c>: the process serves. <c>/readyz</c>: it knows the whole state. <c>/metrics</c>: Prometheus.</summary>
    public static void MapAdmin(this WebApplication app)
    {
        app.Services.GetRequiredService<StateMetrics>();
        var admin = app.MapGroup("").WithMetadata(Listener.Admin);
        admin.MapGet("/healthz", static context => context.Response.WriteAsync("ok\n"));
        admin.MapGet("/readyz", static context => Ready(context, context.RequestServices.GetRequiredService<ClusterState>().Current));
        admin.MapPrometheusScrapingEndpoint();
    }

    private static Task Ready(HttpContext context, ClusterSnapshot cluster)
    {
        if (cluster.IsSynced) return context.Response.WriteAsync("ok\n");
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync($"not yet listed: {string.Join(", ", ResourceKinds.All.Except(cluster.Listed))}\n");
    }
}
