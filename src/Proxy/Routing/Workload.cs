using System.Collections.Frozen;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Routing;

/// <summary>What holds for the proxy's own pod, as the operator last said it.</summary>
internal sealed class Workload
{
    /// <summary>Before the operator has said anything: a proxy with an identity lets nobody in, one without lets everyone.</summary>
    public static readonly Workload Unknown = new(new());

    private readonly MtlsMode _mode;
    private readonly FrozenDictionary<int, MtlsMode> _modes;

    public Workload(WorkloadUpdate update)
    {
        (Version, Authorization) = (update.Version, update.Authorization);
        _mode = update.Mtls is MtlsMode.Unspecified ? MtlsMode.Permissive : update.Mtls;
        _modes = update.PortMtls.ToFrozenDictionary(port => (int)port.Key, port => port.Value);
    }

    /// <summary>0 before the first update.</summary>
    public ulong Version { get; }

    /// <summary>Who may do what; null: everyone everything.</summary>
    public Authorization? Authorization { get; }

    /// <summary>The operator has said what holds.</summary>
    public bool IsKnown => Version != 0;

    /// <param name="port">The application's.</param>
    public MtlsMode MtlsModeOf(int port) => _modes.TryGetValue(port, out var mode) ? mode : _mode;
}
