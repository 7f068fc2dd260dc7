namespace Mesh.Operator.Identity;

/// <summary>What a replica says of the proxies that are connected to it.</summary>
/// <param name="Anchors">The fingerprint of the anchors that it speaks of.</param>
/// <param name="Trusting">The <see cref="NameDigest"/> of the pods whose proxies have acknowledged them.</param>
/// <param name="Proxies">How many are connected.</param>
/// <param name="Waiting">How many of those have yet to acknowledge.</param>
/// <param name="Beat">Another with every saying: what is said no more is heard no more.</param>
internal sealed record TrustWord(string Anchors, string Trusting, int Proxies, int Waiting, long Beat = 0);
