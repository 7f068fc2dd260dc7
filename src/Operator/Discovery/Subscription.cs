namespace Mesh.Operator.Discovery;

/// <summary>One stream's subscription to an authority. Guarded by its <see cref="SubscriptionTable"/>.</summary>
internal sealed class Subscription(ProxyStream stream, AuthorityEntry authority, string knownDestination, ulong knownVersion)
{
    public ProxyStream Stream { get; } = stream;

    public AuthorityEntry Authority { get; } = authority;

    /// <summary>The proxy has this version from an earlier stream.</summary>
    public bool Knows(string destination, ulong version) => knownVersion == version && knownDestination == destination;
}
