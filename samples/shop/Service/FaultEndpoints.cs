using System.Diagnostics;

namespace Shop.Service;

/// <summary>Faults on demand, for every service of the shop.</summary>
public static class FaultEndpoints
{
    private static readonly TimeSpan TimeToAnswer = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Opens <c>POST /faults</c>, whose body is a <see cref="Fault"/> that replaces the one before, and <c>GET /healthz</c>.
    /// Requests to anything else meet the fault in force.
    /// </summary>
    public static void UseFaults(this WebApplication app)
    {
        var inForce = new Fault();
        app.MapGet("/healthz", () => "ok");
        app.MapPost("/faults", (Fault fault) =>
        {
            Volatile.Write(ref inForce, fault);
            if (fault.Die) _ = DieAsync();
            return fault;
        });
        app.UseWhen(context => !context.Request.Path.StartsWithSegments("/faults") && context.Request.Path != "/healthz", faulty =>
            faulty.Use(async (context, next) =>
            {
                var fault = Volatile.Read(ref inForce);
                if (fault.LatencyMs > 0) await Task.Delay(fault.LatencyMs, context.RequestAborted);
                if (Random.Shared.NextDouble() < fault.FailShare) await Results.Problem("Told to fail.", statusCode: 500).ExecuteAsync(context);
                else await next(context);
            }));
    }

    private static async Task DieAsync()
    {
        await Task.Delay(TimeToAnswer);
        Process.GetCurrentProcess().Kill();
    }
}
