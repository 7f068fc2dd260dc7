using System.Security.Cryptography.X509Certificates;

namespace Mesh.Operator.Injection;

/// <summary>The certificate that the webhook shows just now. Replaced while it serves: each handshake takes the current one.</summary>
internal sealed class ServingCertificate
{
    private volatile X509Certificate2? _current;

    /// <summary>Null before there is one: handshakes fail, and the API server acts by its failurePolicy.</summary>
    public X509Certificate2? Current => _current;

    // The one before is left to the garbage collector: a handshake may be under way with it.
    public void Use(X509Certificate2 certificate) => _current = certificate;
}
