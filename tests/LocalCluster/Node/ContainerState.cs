using k8s.Models;

namespace Mesh.LocalCluster.Node;

/// <summary>Where a container is in its life.</summary>
internal sealed class ContainerState
{
    public V1ContainerState Current { get; set; } = new() { Waiting = new() { Reason = "PodInitializing" } };

    public V1ContainerState? Last { get; set; }

    public int Restarts { get; set; }

    /// <summary>Whether its startup probe has succeeded, where it has one.</summary>
    public bool IsStarted { get; set; }

    public bool IsReady { get; set; }

    public bool HasSucceeded => Current.Terminated?.ExitCode == 0;

    public V1ContainerStatus ToStatus(V1Container container) => new()
    {
        Name = container.Name,
        Image = container.Image,
        ImageID = container.Image,
        ContainerID = $"local://{container.Name}",
        State = Current,
        LastState = Last ?? new(),
        RestartCount = Restarts,
        Started = IsStarted,
        Ready = IsReady,
    };
}
