using System.Security.Cryptography.X509Certificates;
using Mesh.Operator.Injection;
using Mesh.Operator.Tests.InCluster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Injection;

public sealed class CertificateTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public void IssuedCertificate_IsForTheService_AndKnownByItsAuthority()
    {
        var bundle = CertificateIssuer.Issue("mesh-webhook", "mesh-system", null, _time.GetUtcNow());

        using var certificate = bundle.Load();
        Assert.True(certificate.MatchesHostname("mesh-webhook.mesh-system.svc"));
        Assert.True(IsTrusted(certificate, bundle.Authorities));
    }

    [Fact]
    public void RenewedCertificate_KeepsTheAuthorityBeforeIt_WhileThatLasts()
    {
        var first = CertificateIssuer.Issue("mesh-webhook", "mesh-system", null, _time.GetUtcNow());
        var second = CertificateIssuer.Issue("mesh-webhook", "mesh-system", first.Authorities, _time.GetUtcNow());
        using var before = first.Load();
        using var after = second.Load();
        Assert.True(IsTrusted(before, second.Authorities));
        Assert.True(IsTrusted(after, second.Authorities));

        var muchLater = CertificateIssuer.Issue("mesh-webhook", "mesh-system", second.Authorities, _time.GetUtcNow() + CertificateIssuer.Lifetime + TimeSpan.FromDays(1));

        Assert.False(IsTrusted(before, muchLater.Authorities));
    }

    [Fact]
    public async Task CertificateOfADirectory_IsFollowedAsItChanges()
    {
        var directory = Directory.CreateTempSubdirectory("mesh-certificate-").FullName;
        try
        {
            var shown = new ServingCertificate();
            var first = Write(directory);
            using var source = new CertificateDirectory(
                shown, new WebhookOptions { Namespace = "mesh-system", CertificateDirectory = directory }, _time, NullLogger<CertificateDirectory>.Instance);
            await source.StartAsync(TestContext.Current.CancellationToken);
            await Eventually.HoldsAsync(() => Assert.Equal(first, shown.Current?.Thumbprint));

            await File.WriteAllTextAsync(Path.Combine(directory, "tls.key"), "half written", TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(first, shown.Current?.Thumbprint);
            var second = Write(directory);

            await Eventually.HoldsAsync(() =>
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                Assert.Equal(second, shown.Current?.Thumbprint);
            });
            await source.StopAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private string Write(string directory)
    {
        var bundle = CertificateIssuer.Issue("mesh-webhook", "mesh-system", null, _time.GetUtcNow());
        File.WriteAllText(Path.Combine(directory, "tls.crt"), bundle.Certificate);
        File.WriteAllText(Path.Combine(directory, "tls.key"), bundle.Key);
        using var certificate = bundle.Load();
        return certificate.Thumbprint;
    }

    private static bool IsTrusted(X509Certificate2 certificate, string authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(authorities);
        return chain.Build(certificate);
    }
}
