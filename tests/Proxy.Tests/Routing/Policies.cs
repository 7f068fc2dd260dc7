using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Tests.Routing;

/// <summary>Policies as an operator would compile them.</summary>
internal static class Policies
{
    public static Policy Default(Action<Policy>? change = null)
    {
        var policy = new Policy
        {
            Timeouts = new() { Connect = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) },
            Retries = new()
            {
                Attempts = 2,
                On = { RetryCondition.ConnectFailure, RetryCondition.RefusedStream },
                Methods = { "GET", "HEAD", "OPTIONS", "PUT", "DELETE" },
                BackoffBase = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(25)),
                BackoffMax = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(250)),
                Budget = new() { Percent = 20, MinPerSecond = 10 },
            },
            LoadBalancer = new() { Algorithm = LoadBalancerAlgorithm.PeakEwma },
        };
        change?.Invoke(policy);
        return policy;
    }

    public static Policy RetryingOn(params RetryCondition[] conditions) => Default(policy =>
    {
        policy.Retries.On.Clear();
        policy.Retries.On.Add(conditions);
    });

    public static Policy WithTimeouts(TimeSpan? request = null, TimeSpan? attempt = null, params RetryCondition[] retryOn)
    {
        var policy = RetryingOn(retryOn);
        if (request is { } r) policy.Timeouts.Request = Duration.FromTimeSpan(r);
        if (attempt is { } a) policy.Timeouts.Attempt = Duration.FromTimeSpan(a);
        return policy;
    }
}
