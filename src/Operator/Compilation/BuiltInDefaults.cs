using Mesh.Api.Resources;

namespace Mesh.Operator.Compilation;

/// <summary>
/// What holds where nobody says otherwise. Safe for every application: only what never reached one is sent again by default,
/// and nothing is given up on before it answers.
/// </summary>
internal static class BuiltInDefaults
{
    public static readonly TrafficSettings Settings = new()
    {
        Timeouts = new() { Connect = new(TimeSpan.FromSeconds(1)) },
        Retries = new()
        {
            Attempts = 2,
            On = [RetryOn.ConnectFailure, RetryOn.RefusedStream],
            // The idempotent methods of RFC 9110 section 9.2.2.
            Methods = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"],
            Backoff = new() { Base = new(TimeSpan.FromMilliseconds(25)), Max = new(TimeSpan.FromMilliseconds(250)) },
            Budget = new() { Percent = 20, MinPerSecond = 10 },
        },
        LoadBalancer = new() { Algorithm = Algorithm.PeakEwma },
    };
}
