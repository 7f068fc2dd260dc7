using Mesh.Operator.Identity;
using Mesh.Operator.State;
using Mesh.Operator.Telemetry;

namespace Mesh.Operator.Hosting;

internal static class AdminEndpoints
{
    /// <summary><c>/healthz</c>: the process serves. <c>/readyz</c>: it knows the whole state, and can issue identities. <c>/metrics</c>: Prometheus.</summary>
    public static void MapAdmin(this WebApplication app)
    {
        app.Services.GetRequiredService<StateMetrics>();
        var admin = app.MapGroup("").WithMetadata(Listener.Admin);
        admin.MapGet("/healthz", static context => context.Response.WriteAsync("ok\n"));
        admin.MapGet("/readyz", static context => Ready(
            context, context.RequestServices.GetRequiredService<ClusterState>().Current, context.RequestServices.GetService<CurrentAuthority>()));
        admin.MapPrometheusScrapingEndpoint();
    }

    private static Task Ready(HttpContext context, ClusterSnapshot cluster, CurrentAuthority? authority)
    {
        var isCertifying = authority is not { Current: null };
        if (cluster.IsSynced && isCertifying) return context.Response.WriteAsync("ok\n");
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(
            cluster.IsSynced ? "no certificate authority yet\n" : $"not yet listed: {string.Join(", ", ResourceKinds.All.Except(cluster.Listed))}\n");
    }
}
