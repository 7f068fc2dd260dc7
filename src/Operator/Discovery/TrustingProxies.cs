namespace Mesh.Operator.Discovery;

/// <summary>Who trusts whom, of the proxies that are connected.</summary>
/// <param name="Anchors">The fingerprint of the anchors of now.</param>
/// <param name="Proxies">Each, and whether it has acknowledged them.</param>
internal sealed record TrustingProxies(string Anchors, IReadOnlyDictionary<ProxyName, bool> Proxies);
