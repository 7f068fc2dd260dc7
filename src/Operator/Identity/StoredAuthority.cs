namespace Mesh.Operator.Identity;

/// <summary>What is kept for the authority.</summary>
/// <param name="Record">Null: nothing yet.</param>
/// <param name="Version">Which writing of it; null: nothing has been written.</param>
/// <param name="RotationRequest">The newest request for a rotation, carried out or not; null: none.</param>
/// <param name="Brought">An issuer that somebody else keeps for the mesh; null: the operator makes its own.</param>
internal sealed record StoredAuthority(AuthorityRecord? Record, string? Version, string? RotationRequest, BroughtIssuer? Brought);
