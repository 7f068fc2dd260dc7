namespace Mesh.Proxy.Interception;

/// <summary>One of the kernel's two ways to redirect connections.</summary>
internal interface IPacketFilter
{
    /// <summary>Why it can't be used on this host, as "nft is not installed"; null where it can.</summary>
    string? Lack();

    /// <summary>Puts the rules in place, instead of those that were there before.</summary>
    /// <exception cref="InterceptionException">They could not be; nothing has changed, or for iptables one family at most.</exception>
    void Install(InterceptionRules rules);

    /// <summary>Removes the mesh's rules and nothing else; there may be none.</summary>
    /// <exception cref="InterceptionException">They could not be.</exception>
    void Remove();

    /// <summary>Whether the mesh's rules are in place.</summary>
    /// <exception cref="InterceptionException">That can't be told.</exception>
    bool IsInPlace(InterceptionRules rules);

    /// <summary>What <see cref="Install"/> writes where nothing is yet, for people.</summary>
    string Describe(InterceptionRules rules);
}
