namespace Mesh.LocalCluster.Control;

/// <summary>Brings one kind of thing into step with what the API server says.</summary>
internal interface IController
{
    /// <summary>Called after every change, and every second; never by two at a time.</summary>
    Task ReconcileAsync(ClusterView view, CancellationToken cancellation);
}
