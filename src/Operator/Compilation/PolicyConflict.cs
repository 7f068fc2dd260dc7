using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>A field that a policy does not decide for a target, because another policy does.</summary>
internal sealed record PolicyConflict(string Field, NamespacedName Target, NamespacedName Winner);
