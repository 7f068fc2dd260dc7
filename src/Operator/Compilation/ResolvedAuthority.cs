using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>What an authority stands for.</summary>
/// <param name="Destination">Null where the mesh has none: no such service, or no such port.</param>
/// <param name="Services">Those that decided it, or would if they existed: when one changes, the authority is to be asked for again.</param>
internal sealed record ResolvedAuthority(DestinationName? Destination, params IReadOnlyList<NamespacedName> Services)
{
    public static readonly ResolvedAuthority Nothing = new(Destination: null);
}
