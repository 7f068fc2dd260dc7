namespace Mesh.Proxy.Identity;

/// <summary>
/// Whom this proxy believes, from whichever side the operator tells it: with a certificate, or at once by discovery when the anchors
/// are rotated.
/// </summary>
internal sealed class TrustKeeper(CredentialStore store, AnchorCache cache)
{
    private readonly Lock _lock = new();
    private TrustBundle? _current;

    /// <exception cref="IOException">The anchors that the proxy was given can't be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The same.</exception>
    public TrustBundle Current
    {
        get
        {
            lock (_lock) return _current ??= cache.Load();
        }
    }

    public void Learn(TrustBundle trust)
    {
        lock (_lock)
        {
            if (_current is not { } known || !known.Equals(trust)) cache.Save(trust);
            _current = trust;
        }
        store.Trust(trust);
    }
}
