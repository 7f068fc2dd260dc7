using Mesh.Api.Discovery;
using Mesh.Api.Resources;

namespace Mesh.Operator.Compilation;

/// <summary>One field that policies decide apart from all others: merging and conflicts know no finer grain.</summary>
/// <param name="path">As users write it, from the settings' root.</param>
internal abstract class PolicyField(string path)
{
    public string Path { get; } = path;

    public abstract bool IsSet(TrafficSettings settings);

    /// <summary>Writes the field as these settings have it, which must be set.</summary>
    public abstract void Apply(TrafficSettings settings, Policy policy);
}
