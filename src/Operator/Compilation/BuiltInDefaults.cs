using Mesh.Api.Resources;

namespace Mesh.Operator.Compilation;

/// <summary>
/// What holds where nobody says otherwise. Safe for every application: only what never reached one is sent again by default,
/// nothing is given up on before it answers, and no breaker has a trigger.
/// </summary>
internal static class BuiltInDefaults
{
    public static readonly TrafficSettings Settings = new()
    {
        Timeouts = new() { Connect = Seconds(1) },
        Retries = new()
        {
            Attempts = 2,
            On = [RetryOn.ConnectFailure, RetryOn.RefusedStream],
            // The idempotent methods of RFC 9110 section 9.2.2.
            Methods = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"],
            Backoff = new() { Base = new(TimeSpan.FromMilliseconds(25)), Max = new(TimeSpan.FromMilliseconds(250)) },
            Budget = new() { Percent = 20, MinPerSecond = 10 },
        },
        CircuitBreaker = new()
        {
            Failures = new()
            {
                StatusCodes = [new(500, 599)],
                // What says that the server is at fault; the rest speaks of the call, or of its caller.
                GrpcCodes = [GrpcCode.Unknown, GrpcCode.DeadlineExceeded, GrpcCode.Internal, GrpcCode.Unavailable, GrpcCode.DataLoss],
            },
            Endpoint = Untriggered(new EndpointBreakerSettings { MaxEjectedPercent = 50, PanicPercent = 0 }),
            Destination = Untriggered(new BreakerSettings()),
        },
        Concurrency = new() { MaxRequests = 0, Queue = new() { Length = 0, Timeout = Seconds(1) } },
        LoadBalancer = new() { Algorithm = Algorithm.PeakEwma, Zone = Zone.Hints },
    };

    private static T Untriggered<T>(T breaker) where T : BreakerSettings
    {
        breaker.ConsecutiveFailures = breaker.FailurePercent = breaker.SlowCallPercent = 0;
        breaker.SlowCallDuration = Seconds(1);
        breaker.MinRequests = 20;
        breaker.Window = breaker.OpenFor = Seconds(10);
        breaker.OpenForMax = Seconds(300);
        return breaker;
    }

    private static MeshDuration Seconds(int seconds) => new(TimeSpan.FromSeconds(seconds));
}
