using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>What the status of an object should say.</summary>
/// <param name="Kind">TrafficPolicy, AuthorizationPolicy or MeshConfig.</param>
/// <param name="Name">The object.</param>
/// <param name="Generation">The generation that the conditions speak of.</param>
/// <param name="Conditions">All conditions of the object; one of each type.</param>
/// <param name="Shadow">What a policy in mode Shadow would have done, by the proxies of this replica; null where it is in force, or nothing has been counted.</param>
/// <param name="Count">How far it has come with the proxies of this replica; null where it can't be used, and for what proxies know nothing of.</param>
internal sealed record ResourceStatus(ResourceKind Kind, NamespacedName Name, long Generation, IReadOnlyList<Condition> Conditions, ShadowCount? Shadow = null, ProgrammedCount? Count = null);
