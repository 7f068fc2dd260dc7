namespace Mesh.Proxy.Interception;

/// <summary>Which of the kernel's packet filters to use.</summary>
internal enum PacketFilterChoice
{
    /// <summary>nftables, or iptables where that is missing.</summary>
    Auto,

    /// <summary>nftables only.</summary>
    Nftables,

    /// <summary>iptables only.</summary>
    Iptables,
}
