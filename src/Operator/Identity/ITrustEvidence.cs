namespace Mesh.Operator.Identity;

/// <summary>What this replica knows of who trusts the anchors of now.</summary>
internal interface ITrustEvidence
{
    /// <summary>Of the proxies that are connected to it.</summary>
    TrustWord Gather();

    /// <summary>The <see cref="NameDigest"/> of every pod that has an identity, whichever replica it is connected to.</summary>
    string Everybody();
}
