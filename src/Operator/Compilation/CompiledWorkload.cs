using Mesh.Api.Discovery;

namespace Mesh.Operator.Compilation;

/// <summary>What holds for one pod, without whom it trusts.</summary>
/// <param name="Update">As its proxy gets it; equal for all pods that the same holds for.</param>
/// <param name="Problems">What could not be read or told, and counts as the stricter.</param>
internal sealed record CompiledWorkload(WorkloadUpdate Update, IReadOnlyList<string> Problems)
{
    public ulong Version => Update.Version;

    /// <summary>The generation of a policy that is part of it; null where it is not.</summary>
    public long? GenerationOf(State.NamespacedName policy)
    {
        foreach (var rules in Update.Authorization?.Policies ?? [])
        {
            if (rules.Source.Namespace == policy.Namespace && rules.Source.Name == policy.Name) return rules.Source.Generation;
        }
        return null;
    }
}
