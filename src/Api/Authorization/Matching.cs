namespace Mesh.Api.Authorization;

/// <summary>
/// How a rule is read where something can't be told: of a connection what only requests have, of a later version of the mesh a kind
/// of condition that is not known here.
/// </summary>
internal enum Matching
{
    /// <summary>What can't be told doesn't hold: for what lets in, and what counts.</summary>
    Certain,

    /// <summary>What can't be told holds: for what refuses.</summary>
    Possible,
}
