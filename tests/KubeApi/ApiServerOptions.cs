namespace Mesh.KubeApi;

/// <summary>How the stand-in behaves where tests differ.</summary>
public sealed record ApiServerOptions
{
    /// <summary>
    /// How often a watch that asks for bookmarks gets one, provided that the version has moved. kube-apiserver: about a minute.
    /// </summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock of timestamps, ages, bookmarks and watch timeouts.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
