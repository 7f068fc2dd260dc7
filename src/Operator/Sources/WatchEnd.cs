namespace Mesh.Operator.Sources;

/// <summary>Why a watch ended; the reasons of metric <c>mesh_operator_watch_restarts_total</c>.</summary>
internal enum WatchEnd
{
    /// <summary>The API server ended it, as it was asked to.</summary>
    Closed,

    /// <summary>It failed: the connection broke, or the API server said no.</summary>
    Failed,

    /// <summary>The API server no longer knows the version to go on from (410): all is listed again.</summary>
    Gone,

    /// <summary>It said nothing for too long.</summary>
    Silent,

    /// <summary>It is time to list all again.</summary>
    Relist,
}
