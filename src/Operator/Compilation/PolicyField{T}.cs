using Mesh.Api.Discovery;
using Mesh.Api.Resources;

namespace Mesh.Operator.Compilation;

/// <inheritdoc cref="PolicyField"/>
/// <param name="path">As users write it, from the settings' root.</param>
/// <param name="read">The field in what users write; null where it is absent.</param>
/// <param name="write">The field in what proxies get.</param>
internal sealed class PolicyField<T>(string path, Func<TrafficSettings, T?> read, Action<Policy, T> write) : PolicyField(path)
{
    public override bool IsSet(TrafficSettings settings) => read(settings) is not null;

    public override void Apply(TrafficSettings settings, Policy policy)
    {
        if (read(settings) is { } value) write(policy, value);
    }
}
