using k8s.Models;

namespace Mesh.Operator.Tests.Injection;

/// <summary>
/// The controls of the Pod Security Standard <i>restricted</i>, with those of <i>baseline</i> that it contains, one by one.
/// Source: kubernetes.io/docs/concepts/security/pod-security-standards.
/// </summary>
internal static class RestrictedStandard
{
    private static readonly string[] SafeSysctls =
    [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
        "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
    ];

    /// <summary>What it forbids of a pod; empty: the pod is admitted.</summary>
    public static IEnumerable<string> Violations(V1Pod pod) =>
        [.. OfPod(pod.Spec), .. OfVolumes(pod.Spec), .. Containers(pod.Spec).SelectMany(container => OfContainer(container, pod.Spec.SecurityContext))];

    private static IEnumerable<V1Container> Containers(V1PodSpec spec) => (spec.InitContainers ?? []).Concat(spec.Containers);

    private static IEnumerable<string> OfPod(V1PodSpec spec)
    {
        if (spec.HostNetwork is true || spec.HostPID is true || spec.HostIPC is true) yield return "host namespaces";
        foreach (var sysctl in spec.SecurityContext?.Sysctls ?? []) if (!SafeSysctls.Contains(sysctl.Name)) yield return $"sysctl {sysctl.Name}";
        if (spec.SecurityContext?.SeLinuxOptions is { } selinux && !IsHarmless(selinux)) yield return "SELinux options";
        if (spec.SecurityContext?.AppArmorProfile is { Type: "Unconfined" }) yield return "AppArmor profile";
        if (spec.SecurityContext?.WindowsOptions?.HostProcess is true) yield return "host process";
        if (spec.SecurityContext?.RunAsUser is 0) yield return "runAsUser 0";
        if (spec.SecurityContext?.SeccompProfile is { Type: "Unconfined" }) yield return "seccomp profile";
    }

    private static IEnumerable<string> OfVolumes(V1PodSpec spec) =>
        from volume in spec.Volumes ?? []
        where (volume.ConfigMap, volume.Csi, volume.DownwardAPI, volume.EmptyDir, volume.Ephemeral, volume.PersistentVolumeClaim, volume.Projected, volume.Secret)
            is (null, null, null, null, null, null, null, null)
        select $"volume {volume.Name}";

    private static IEnumerable<string> OfContainer(V1Container container, V1PodSecurityContext? pod)
    {
        var security = container.SecurityContext;
        if (security?.Privileged is true) yield return $"{container.Name}: privileged";
        if (security?.ProcMount is not (null or "Default")) yield return $"{container.Name}: procMount";
        if (security?.SeLinuxOptions is { } selinux && !IsHarmless(selinux)) yield return $"{container.Name}: SELinux options";
        if (security?.AppArmorProfile is { Type: "Unconfined" }) yield return $"{container.Name}: AppArmor profile";
        if ((container.Ports ?? []).Any(port => port.HostPort is not (null or 0))) yield return $"{container.Name}: host port";
        if (Hosts(container).Any(host => host is { Length: > 0 })) yield return $"{container.Name}: host of a probe or hook";
        if (security?.AllowPrivilegeEscalation is not false) yield return $"{container.Name}: allowPrivilegeEscalation";
        if ((security?.RunAsNonRoot ?? pod?.RunAsNonRoot) is not true) yield return $"{container.Name}: runAsNonRoot";
        if (security?.RunAsUser is 0) yield return $"{container.Name}: runAsUser 0";
        if ((security?.SeccompProfile ?? pod?.SeccompProfile)?.Type is not ("RuntimeDefault" or "Localhost")) yield return $"{container.Name}: seccomp profile";
        if (security?.Capabilities?.Drop?.Contains("ALL") is not true) yield return $"{container.Name}: capabilities not dropped";
        if ((security?.Capabilities?.Add ?? []).Except(["NET_BIND_SERVICE"]).Any()) yield return $"{container.Name}: capabilities added";
    }

    private static IEnumerable<string?> Hosts(V1Container container)
    {
        foreach (var probe in new[] { container.LivenessProbe, container.ReadinessProbe, container.StartupProbe })
        {
            yield return probe?.HttpGet?.Host;
            yield return probe?.TcpSocket?.Host;
        }
        foreach (var hook in new[] { container.Lifecycle?.PostStart, container.Lifecycle?.PreStop })
        {
            yield return hook?.HttpGet?.Host;
            yield return hook?.TcpSocket?.Host;
        }
    }

    private static bool IsHarmless(V1SELinuxOptions options) =>
        options.Type is null or "" or "container_t" or "container_init_t" or "container_kvm_t" or "container_engine_t" && options is { User: null or "", Role: null or "" };
}
