namespace Mesh.Proxy.Interception.Cni;

/// <summary>Enters the network namespaces of pods.</summary>
internal interface INamespaceEntry
{
    /// <summary>Does something in a pod's network namespace.</summary>
    /// <param name="path">The file that stands for it.</param>
    /// <param name="action">It may block, and must not leave the thread.</param>
    /// <returns>False where there is no such namespace.</returns>
    bool Run(string path, Action action);
}
