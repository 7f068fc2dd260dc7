namespace Mesh.Proxy.Identity;

/// <summary>Adds the identity to the program: what the proxy proves itself with, and who keeps that current.</summary>
internal static class IdentityServices
{
    /// <param name="services">The program's.</param>
    /// <param name="options">Null: this proxy has no identity.</param>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IdentityOptions? options)
    {
        services.AddSingleton(new CredentialStore(isEnabled: options is not null));
        if (options is null) return services;
        return services
            .AddSingleton(options)
            .AddSingleton<AnchorCache>()
            .AddSingleton<TrustKeeper>()
            .AddSingleton<CertifyClient>()
            .AddSingleton(Random.Shared)
            .AddSingleton<IdentityClient>()
            .AddSingleton<IHostedService>(provider => provider.GetRequiredService<IdentityClient>());
    }
}
