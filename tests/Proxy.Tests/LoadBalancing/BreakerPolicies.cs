using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.LoadBalancing;

/// <summary>Policies that eject endpoints.</summary>
internal static class BreakerPolicies
{
    public static readonly TimeSpan OpenFor = TimeSpan.FromSeconds(10);

    public static Policy EjectingAfter(uint consecutiveFailures, uint maxEjectedPercent = 50, uint panicPercent = 0, LoadBalancerAlgorithm algorithm = LoadBalancerAlgorithm.Random) =>
        Policies.Default(policy =>
        {
            policy.LoadBalancer.Algorithm = algorithm;
            policy.CircuitBreaker = new()
            {
                FailureStatuses = { new StatusRange { From = 500, To = 599 } },
                Endpoint = new()
                {
                    ConsecutiveFailures = consecutiveFailures,
                    OpenFor = Duration.FromTimeSpan(OpenFor),
                    OpenForMax = Duration.FromTimeSpan(OpenFor * 8),
                },
                MaxEjectedPercent = maxEjectedPercent,
                PanicPercent = panicPercent,
            };
        });
}
