using Mesh.Proxy.Interception.Cni;

namespace Mesh.Proxy.Tests.Interception.Cni;

/// <summary>One namespace, entered without the kernel.</summary>
internal sealed class PlayedNamespaces : INamespaceEntry
{
    public const string Path = "/run/netns/pod";

    public bool Run(string path, Action action)
    {
        if (path != Path) return false;
        action();
        return true;
    }
}
