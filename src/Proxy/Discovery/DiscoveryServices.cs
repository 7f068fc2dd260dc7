using Mesh.Proxy.Identity;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Discovery;

/// <summary>Adds discovery to the program: the table that requests look up, and the client that keeps it current.</summary>
internal static class DiscoveryServices
{
    public static IServiceCollection AddDiscovery(this IServiceCollection services, DiscoveryOptions options) => services
        .AddSingleton(options)
        .AddSingleton(provider => new DestinationTable(
            options, Random.Shared, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<LocalProxy>(), provider.GetService<TrustKeeper>()))
        .AddSingleton<IDestinationSource>(provider => provider.GetRequiredService<DestinationTable>())
        .AddSingleton<IInboundPolicySource>(provider => provider.GetRequiredService<DestinationTable>())
        .AddSingleton<IWorkloadSource>(provider => provider.GetRequiredService<DestinationTable>().Workload)
        .AddSingleton<IDestinationInventory>(provider => provider.GetRequiredService<DestinationTable>())
        .AddHostedService(provider => new DiscoveryClient(
            provider.GetRequiredService<DestinationTable>(), options, provider.GetRequiredService<CredentialStore>(), Random.Shared,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DiscoveryClient>>()));
}
