using Grpc.Core;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>Whether a proxy is who its Hello says: its certificate, verified when it connected, decides.</summary>
internal sealed class CallerCheck(ClusterState state, TimeProvider time)
{
    /// <param name="connection">The stream's.</param>
    /// <param name="hello">What the proxy says of itself.</param>
    /// <returns>When its certificate ends.</returns>
    /// <exception cref="RpcException">It shows no certificate that still holds, or somebody else's.</exception>
    public DateTimeOffset Check(ConnectionInfo connection, Hello hello)
    {
        if (connection.ClientCertificate is not { } certificate || !WorkloadCertificate.TryReadId(certificate, out var id))
        {
            throw Refused(StatusCode.Unauthenticated, "expected a certificate of the mesh; ask IdentityService for one");
        }
        var ends = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        // Verified in the handshake, which may be long ago.
        if (ends <= time.GetUtcNow()) throw Refused(StatusCode.Unauthenticated, $"the certificate of this connection ended {ends:u}; connect again with a new one");
        if (id.TrustDomain != TrustDomain.Of(state.Current)) throw Refused(StatusCode.PermissionDenied, $"found trust domain {id.TrustDomain}, expected {TrustDomain.Of(state.Current)}");
        var name = WorkloadCertificate.NameOf(certificate);
        if (hello.Namespace != id.Namespace) throw Refused(StatusCode.PermissionDenied, $"hello.namespace: found {hello.Namespace}, expected {id.Namespace}, as the certificate says");
        if (hello.Proxy != name) throw Refused(StatusCode.PermissionDenied, $"hello.proxy: found {hello.Proxy}, expected {name}, as the certificate says");
        return ends;
    }

    private static RpcException Refused(StatusCode code, string detail) => new(new(code, detail));
}
