namespace Mesh.Operator.Identity;

/// <summary>Whom a token has been verified to belong to.</summary>
/// <param name="Namespace">The pod's.</param>
/// <param name="ServiceAccount">The service account's name, in that namespace.</param>
/// <param name="Name">The pod's name, or a standalone proxy's.</param>
/// <param name="PodUid">Null: standalone, where a proxy may have no Pod.</param>
internal sealed record TokenOwner(string Namespace, string ServiceAccount, string Name, string? PodUid);
