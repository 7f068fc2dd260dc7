namespace Mesh.Proxy.Routing;

/// <summary>Where the proxy finds what holds for its own pod.</summary>
internal interface IWorkloadSource
{
    /// <summary>What holds now: immutable, swapped whole.</summary>
    Workload Current { get; }

    /// <summary>After <see cref="Current"/> has become another. On the thread that brought it: handlers are short and don't throw.</summary>
    event Action? Changed;
}
