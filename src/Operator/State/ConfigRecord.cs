using Mesh.Api.Resources;

namespace Mesh.Operator.State;

/// <summary>A MeshConfig as it was last seen and as it is in force; see <see cref="PolicyRecord"/>.</summary>
internal sealed record ConfigRecord(MeshConfig Latest, MeshConfig? InForce, IReadOnlyList<string> Errors);
