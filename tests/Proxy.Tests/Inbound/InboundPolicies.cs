using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Inbound;

/// <summary>What an operator says of the application's own side.</summary>
internal static class InboundPolicies
{
    public const string Name = "shop/catalog:80#inbound";

    public static Destination Destination(Action<Policy> change, ShadowPolicy? shadow = null) => new(Name, Policies.Default(change), null!) { Shadow = shadow };

    public static DestinationUpdate Update(ulong version, Action<Policy> change)
    {
        var update = Updates.Whole(version, Policies.Default(change));
        update.Destination = Name;
        return update;
    }

    /// <summary>A bucket that is refilled long after the test.</summary>
    public static TokenBucket Burst(uint burst) => new() { Requests = 1, Per = new() { Seconds = 3600 }, Burst = burst };
}
