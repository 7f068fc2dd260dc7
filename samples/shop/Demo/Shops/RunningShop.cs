using Shop.Demo.Story;
using Shop.Service;

namespace Shop.Demo.Shops;

/// <summary>A complete shop: its pods, and the address that its users call.</summary>
internal sealed class RunningShop(string name, IReadOnlyList<Pod> pods, Uri url) : IAsyncDisposable
{
    /// <summary>As long as a user's patience and then some: to the user, a replica this slow might as well hang.</summary>
    private static readonly Fault Slow = new(LatencyMs: 3000);
    private static readonly Fault OneInFive = new(FailShare: 0.2);
    private static readonly Fault None = new();

    public string Name => name;

    public IReadOnlyList<Pod> Pods => pods;

    public Uri Url => url;

    public Task BreakAsync(Breakage breakage, CancellationToken stop) => breakage switch
    {
        Breakage.CatalogReplicaGone => PodNamed("catalog-2").KillAsync(),
        Breakage.CatalogReplicaSlow => PodNamed("catalog-3").TellAsync(Slow, stop),
        Breakage.PaymentsFail => PodNamed("payments-1").TellAsync(OneInFive, stop),
        _ => Task.CompletedTask,
    };

    public Task HealAsync(Breakage breakage, CancellationToken stop) => breakage switch
    {
        Breakage.CatalogReplicaGone => PodNamed("catalog-2").StartAsync(stop),
        Breakage.CatalogReplicaSlow => PodNamed("catalog-3").TellAsync(None, stop),
        Breakage.PaymentsFail => PodNamed("payments-1").TellAsync(None, stop),
        _ => Task.CompletedTask,
    };

    public async ValueTask DisposeAsync() => await Task.WhenAll(pods.Select(pod => pod.DisposeAsync().AsTask()));

    private Pod PodNamed(string pod) => pods.Single(candidate => candidate.Replica.Name == pod);
}
