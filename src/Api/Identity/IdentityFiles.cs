namespace Mesh.Api.Identity;

/// <summary>What a standalone operator keeps in the folder <see cref="Folder"/> of its state folder, for others to find.</summary>
public static class IdentityFiles
{
    /// <summary>Below the state folder.</summary>
    public const string Folder = "identity";

    /// <summary>The trust anchors, PEM: what proxies are started with.</summary>
    public const string Anchors = "anchors.pem";

    /// <summary>What proxies make their tokens with.</summary>
    public const string JoinKey = "join.key";

    /// <summary>Asks for a rotation of the trust anchor, whenever its text is another.</summary>
    public const string RotationRequest = "rotate";
}
