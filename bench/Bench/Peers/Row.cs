namespace Mesh.Bench.Peers;

/// <summary>What stands between load and backend in a row of a table; in the order of rows.</summary>
internal enum Row
{
    /// <summary>Nothing.</summary>
    Direct,

    HAProxy,

    Nginx,

    /// <summary>One of our proxies, with its telemetry and the policy that holds where there is none.</summary>
    Mesh,

    /// <summary>The same with every field of a policy in use.</summary>
    MeshEveryPolicy,

    HAProxyPair,

    MeshPair,

    HAProxyMutualTls,

    MeshMutualTls,
}
