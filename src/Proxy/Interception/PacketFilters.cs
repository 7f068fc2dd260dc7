namespace Mesh.Proxy.Interception;

/// <summary>Chooses between nftables and iptables.</summary>
internal static class PacketFilters
{
    /// <summary>nftables where it can be used, else iptables.</summary>
    /// <exception cref="InterceptionException">The one that was asked for, or either, can't be used.</exception>
    public static IPacketFilter Choose(PacketFilterChoice choice, ICommandRunner commands)
    {
        var lacks = new List<string>();
        foreach (var filter in Candidates(choice, commands))
        {
            if (filter.Lack() is not { } lack) return filter;
            lacks.Add(lack);
        }
        throw new InterceptionException($"connections can't be redirected here: {string.Join(", and ", lacks)}");
    }

    /// <summary>Those that can be used: an earlier run may have made another choice.</summary>
    public static IEnumerable<IPacketFilter> Usable(PacketFilterChoice choice, ICommandRunner commands) =>
        Candidates(choice, commands).Where(filter => filter.Lack() is null);

    /// <summary>The first choice, whether it can be used or not.</summary>
    public static IPacketFilter Preferred(PacketFilterChoice choice, ICommandRunner commands) => Candidates(choice, commands)[0];

    private static IPacketFilter[] Candidates(PacketFilterChoice choice, ICommandRunner commands) => choice switch
    {
        PacketFilterChoice.Nftables => [new Nftables(commands)],
        PacketFilterChoice.Iptables => [new Iptables(commands)],
        _ => [new Nftables(commands), new Iptables(commands)],
    };
}
