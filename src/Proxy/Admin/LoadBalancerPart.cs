using Mesh.Api.Discovery;

namespace Mesh.Proxy.Admin;

/// <summary>Load balancing as <c>/config</c> shows it.</summary>
/// <param name="Algorithm">How endpoints are chosen.</param>
/// <param name="Hash">What requests stick to: <c>header x-user</c>, <c>cookie session</c> or <c>caller</c>; null where they don't.</param>
/// <param name="SlowStart">Null: new endpoints have their full share at once.</param>
/// <param name="Zone">How much zones matter.</param>
internal sealed record LoadBalancerPart(string Algorithm, string? Hash, string? SlowStart, string Zone)
{
    public static LoadBalancerPart Of(LoadBalancer? balancer) => new(
        (balancer?.Algorithm ?? LoadBalancerAlgorithm.Unspecified).ToString(),
        HashOf(balancer?.Hash),
        balancer?.SlowStart is { } slowStart ? ConfigPage.Text(slowStart) : null,
        (balancer is null or { Zone: ZonePreference.Unspecified } ? ZonePreference.Hints : balancer.Zone).ToString());

    private static string? HashOf(HashKey? hash) => hash?.KeyCase switch
    {
        HashKey.KeyOneofCase.Header => $"header {hash.Header}",
        HashKey.KeyOneofCase.Cookie => $"cookie {hash.Cookie}",
        HashKey.KeyOneofCase.Caller => "caller",
        _ => null,
    };
}
