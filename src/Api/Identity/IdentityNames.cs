namespace Mesh.Api.Identity;

/// <summary>What the operator's certificate authority is called in Kubernetes, in the operator's namespace.</summary>
public static class IdentityNames
{
    /// <summary>The Secret that replicas share. The operator's own: nobody else is to change it, but to annotate or to delete it.</summary>
    public const string Secret = "mesh-identity";

    /// <summary>The Secret where a user or cert-manager brings an issuer: tls.crt, tls.key, ca.crt.</summary>
    public const string BroughtSecret = "mesh-identity-issuer";

    /// <summary>The ConfigMap with whom the mesh trusts, for people and programs that hold no keys.</summary>
    public const string AnchorsConfigMap = "mesh-trust-anchors";

    /// <summary>That ConfigMap's entry, and the brought Secret's: PEM.</summary>
    public const string AnchorsEntry = "ca.crt";

    /// <summary>That ConfigMap's other entry: what signs certificates, then what leads to an anchor; PEM, without its key.</summary>
    public const string IssuerEntry = "issuer.crt";

    /// <summary>The ConfigMap where replicas tell each other, while anchors are rotated, which proxies trust the new one.</summary>
    public const string ProgressConfigMap = "mesh-trust-progress";

    /// <summary>On the operator's Secret: asks for a rotation of the trust anchor, whenever its text is another.</summary>
    public const string RotateAnnotation = "mesh.io/rotate";
}
