using System.Net;
using Mesh.KubeApi.Serving;

namespace Mesh.KubeApi;

/// <summary>How the stand-in behaves where tests differ.</summary>
public sealed record ApiServerOptions
{
    /// <summary>Where it listens, and the address that clients' configurations name.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>What else clients call it by: the service kubernetes has an address of its own.</summary>
    public IReadOnlyList<IPAddress> AlternativeAddresses { get; init; } = [];

    /// <summary>Who has the logs of pods and runs programs in them; null where pods are written down only.</summary>
    public IPodAccess? Pods { get; init; }

    /// <summary>
    /// How often a watch that asks for bookmarks gets one, provided that the version has moved. kube-apiserver: about a minute.
    /// </summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock of timestamps, ages, bookmarks and watch timeouts.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
