using k8s.Models;
using Mesh.LocalCluster.Network;

namespace Mesh.LocalCluster.Node;

/// <summary>What is told of a pod.</summary>
internal static class PodStatus
{
    public static V1PodStatus Of(PodSettings settings, List<ContainerRun> inits, List<ContainerRun> containers)
    {
        var address = settings.Sandbox.Address.ToString();
        var isInitialized = inits.All(init => init.Container.RestartPolicy is "Always" ? init.Started.IsCompleted : init.State.HasSucceeded);
        var isReady = isInitialized && containers.Concat(inits.Where(init => init.Container.RestartPolicy is "Always")).All(container => container.State.IsReady);
        return new()
        {
            Phase = Phase(settings, inits, containers, isInitialized),
            PodIP = address,
            PodIPs = [new() { Ip = address }],
            HostIP = ClusterAddresses.Node.ToString(),
            StartTime = settings.Pod.Metadata.CreationTimestamp,
            Conditions =
            [
                Condition(settings, "PodScheduled", true),
                Condition(settings, "Initialized", isInitialized),
                Condition(settings, "ContainersReady", isReady),
                Condition(settings, "Ready", isReady),
            ],
            InitContainerStatuses = inits.Count == 0 ? null : [.. inits.Select(init => init.State.ToStatus(init.Container))],
            ContainerStatuses = [.. containers.Select(container => container.State.ToStatus(container.Container))],
        };
    }

    private static string Phase(PodSettings settings, List<ContainerRun> inits, List<ContainerRun> containers, bool isInitialized)
    {
        var restart = settings.Pod.Spec.RestartPolicy ?? "Always";
        if (restart is "Never" && inits.Any(init => init.State.Current.Terminated is { ExitCode: not 0 } && init.Container.RestartPolicy is not "Always")) return "Failed";
        if (!isInitialized) return "Pending";
        if (containers.All(container => container.State.Current.Terminated is not null) && restart is not "Always")
            return containers.All(container => container.State.HasSucceeded) ? "Succeeded" : restart is "Never" ? "Failed" : "Running";
        return containers.All(container => container.State.Current.Waiting is { Reason: "PodInitializing" or "ErrImagePull" }) ? "Pending" : "Running";
    }

    private static V1PodCondition Condition(PodSettings settings, string type, bool isTrue)
    {
        var status = isTrue ? "True" : "False";
        var before = settings.Pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type);
        return new() { Type = type, Status = status, LastTransitionTime = before?.Status == status ? before.LastTransitionTime : settings.Time.GetUtcNow().UtcDateTime };
    }
}
