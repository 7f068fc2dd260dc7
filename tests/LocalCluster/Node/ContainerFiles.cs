using k8s.Models;
using Mesh.LocalCluster.Network;

namespace Mesh.LocalCluster.Node;

/// <summary>What a container sees: this machine's files under a layer of its own, its image's program, its volumes.</summary>
internal static class ContainerFiles
{
    /// <summary>
    /// Writes the commands that make a container's root, in mount and process namespaces of its own, and run its program there. The folder is for
    /// one run of the container.
    /// </summary>
    public static string WriteStart(string folder, V1Container container, PodSettings settings, Image image, IReadOnlyList<string> command)
    {
        foreach (var name in new[] { "layer/etc", "work", "root" }) Directory.CreateDirectory(Path.Combine(folder, name));
        File.WriteAllText(Path.Combine(folder, "layer/etc/resolv.conf"), $"""
            nameserver {ClusterAddresses.Dns}
            search {settings.Pod.Metadata.NamespaceProperty}.svc.cluster.local svc.cluster.local cluster.local
            options ndots:5

            """);
        File.WriteAllText(Path.Combine(folder, "layer/etc/hosts"), $"127.0.0.1 localhost\n{settings.Sandbox.Address} {settings.Pod.Metadata.Name}\n");
        var start = Path.Combine(folder, "start");
        File.WriteAllLines(start, [.. Lines(folder, container, settings, image, command)]);
        return start;
    }

    /// <summary>setpriv's words for who the container's program is, and what it may do.</summary>
    public static IReadOnlyList<string> Privileges(V1Container container, PodSettings settings)
    {
        var context = container.SecurityContext;
        List<string> privileges = ["setpriv", $"--reuid={settings.User(container)}", $"--regid={settings.Group(container)}", "--clear-groups", "--inh-caps=-all"];
        if (context?.Privileged is true) return privileges;
        if (context?.Capabilities?.Drop?.Contains("ALL") is true)
            privileges.Add($"--bounding-set={string.Join(',', (context.Capabilities.Add ?? []).Select(name => $"+{name.ToLowerInvariant()}").Prepend("-all"))}");
        if (context?.AllowPrivilegeEscalation is false) privileges.Add("--no-new-privs");
        return privileges;
    }

    private static IEnumerable<string> Lines(string folder, V1Container container, PodSettings settings, Image image, IReadOnlyList<string> command)
    {
        var root = Path.Combine(folder, "root");
        yield return "set -e";
        yield return $"mount -t overlay overlay -o lowerdir=/,upperdir={folder}/layer,workdir={folder}/work {root}";
        yield return $"mount -t proc proc {root}/proc";
        yield return $"mount --rbind /dev {root}/dev";
        yield return $"mount --rbind /sys {root}/sys";
        if (image.Folder is not null) yield return Mount(image.Folder, root, Image.Root, isReadOnly: true);
        foreach (var mount in container.VolumeMounts ?? []) yield return Mount(Source(mount, settings), root, mount.MountPath, mount.ReadOnlyProperty is true);
        if (settings.Volumes.HasAccount) yield return Mount(settings.Volumes.Folder(PodVolumes.AccountVolume), root, PodVolumes.AccountPath, isReadOnly: true);
        yield return $"echo {Quote(settings.Pod.Metadata.Name)} > /proc/sys/kernel/hostname";
        if (container.SecurityContext?.ReadOnlyRootFilesystem is true) yield return $"mount -o remount,ro {root}";
        var words = new[] { "exec", "chroot", root }.Concat(Privileges(container, settings)).Append("--").Concat(command);
        yield return string.Join(' ', words.Select(Quote));
    }

    private static string Source(V1VolumeMount mount, PodSettings settings)
    {
        var host = settings.Pod.Spec.Volumes.FirstOrDefault(volume => volume.Name == mount.Name)?.HostPath?.Path;
        var source = host ?? settings.Volumes.Folder(mount.Name);
        return mount.SubPath is null ? source : Path.Combine(source, mount.SubPath);
    }

    // A link (/var/run) leads elsewhere in the container than out here.
    private static string Mount(string source, string root, string path, bool isReadOnly)
    {
        var prepare = File.Exists(source) ? "mkdir -p \"$(dirname \"$target\")\" && touch \"$target\"" : "mkdir -p \"$target\"";
        var protect = isReadOnly ? " && mount -o remount,bind,ro \"$target\"" : "";
        return $"target={Quote(root)}$(chroot {Quote(root)} realpath -m {Quote(path)}) && {prepare} && mount --bind {Quote(source)} \"$target\"{protect}";
    }

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
