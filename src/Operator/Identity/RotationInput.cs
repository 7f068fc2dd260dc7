namespace Mesh.Operator.Identity;

/// <summary>What a rotation depends on besides the record itself.</summary>
/// <param name="Policy">How long certificates live.</param>
/// <param name="Request">The newest request for a rotation; null: none.</param>
/// <param name="Brought">An issuer that somebody else keeps, checked; null: the operator makes its own.</param>
/// <param name="IsTrustedByAll">Whether every proxy that there is has acknowledged all anchors of the record.</param>
internal sealed record RotationInput(IdentityPolicy Policy, string? Request, BroughtIssuer? Brought, bool IsTrustedByAll);
