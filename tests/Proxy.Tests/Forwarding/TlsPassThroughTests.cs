using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Tests.Forwarding;

public class TlsPassThroughTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tls_PassesUntouched_AndItsServerNameIsKnown()
    {
        using var certificate = NewCertificate();
        await using var mesh = await TcpMesh.StartAsync(AppProtocol.Detect);
        using var client = await mesh.ConnectAsync();
        await using var clientTls = new SslStream(new NetworkStream(client), leaveInnerStreamOpen: false, (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString());
        var authenticating = clientTls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "db.shop" }, Cancellation);
        using var server = await mesh.AcceptAsync();
        await using var serverTls = new SslStream(new NetworkStream(server));
        await serverTls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, Cancellation);
        await authenticating;

        await clientTls.WriteAsync("secret"u8.ToArray(), Cancellation);
        var received = new byte[6];
        await serverTls.ReadExactlyAsync(received, Cancellation);
        Assert.Equal("secret"u8.ToArray(), received);
        Assert.Equal(["db.shop"], mesh.Metrics.ServerNames);
        Assert.Equal(0, mesh.Metrics.DetectionTimeouts);
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=db.shop", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UnixEpoch.AddYears(50);
        using var certificate = request.CreateSelfSigned(now, now.AddYears(100));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }
}
