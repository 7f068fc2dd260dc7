using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Mesh.Api.Identity;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.Identity;

namespace Mesh.Operator.Tests.Identity;

/// <summary>Authorities that are over, replaced or another's: what they signed opens nothing, and nothing new is signed by them.</summary>
public sealed class AuthorityAttackTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    [Fact]
    public async Task IssuerThatHasEnded_SignsNothing()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = mesh.Client();
        await client.CertifyAsync(mesh.Token());

        mesh.Authority.Use(AuthorityRecord.Create(null, TimeSpan.FromDays(365), DateTimeOffset.UtcNow.AddDays(-31)).Load());

        var refused = await client.RefusedAsync(mesh.Token());
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.StartsWith("the issuer's certificate ended ", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificateOfAnIssuerThatHasEnded_OpensNothing()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        var record = AuthorityRecord.Create(null, TimeSpan.FromDays(365), DateTimeOffset.UtcNow.AddDays(-31));
        var old = Issue(record.Load(), new("cluster.local", "shop", "frontend"), DateTimeOffset.UtcNow.AddDays(-2));
        // Its anchor is still trusted.
        mesh.Authority.Use((record with { Issuer = AuthorityMaking.Issuer(record.Issuing, DateTimeOffset.UtcNow) }).Load());

        await OpensNothingAsync(mesh, old);
    }

    [Fact]
    public async Task CertificateOfADroppedAnchor_OpensNothing()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        var certificate = Issue(mesh.Authority.Current!, new("cluster.local", "shop", "frontend"), DateTimeOffset.UtcNow);
        Assert.Equal(StatusCode.OK, await HelloAsync(mesh, certificate));

        mesh.Authority.Use(AuthorityRecord.Create(null, TimeSpan.FromDays(365), DateTimeOffset.UtcNow).Load());

        await OpensNothingAsync(mesh, certificate);
    }

    [Fact]
    public async Task CertificateOfAnotherTrustDomain_OpensNothing()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();

        await OpensNothingAsync(mesh, Issue(mesh.Authority.Current!, new("other.example", "shop", "frontend"), DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task CertificateThatASidecarSignedItself_OpensNothing()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = mesh.Client();
        var own = await client.ObtainAsync(mesh.Token());
        using var key = CertificateProfile.NewKey();
        // A leaf plays the issuer: it is no certificate authority, and its signature counts for nothing.
        var forged = CertificateProfile.Leaf(new PublicKey(key), new("cluster.local", "shop", "payments"), "payments-1", own.TargetCertificate, DateTimeOffset.UtcNow, Lifetime);
        var shown = SslStreamCertificateContext.Create(forged.CopyWithPrivateKey(key), [own.TargetCertificate, .. own.IntermediateCertificates], offline: true);

        await OpensNothingAsync(mesh, shown, "payments-1");
    }

    [Fact]
    public void KeyThatWasBroughtAmongTheCertificates_IsNotPublished()
    {
        var record = AuthorityRecord.Create(null, TimeSpan.FromDays(365), DateTimeOffset.UtcNow);

        var published = (record with { Issuer = record.Issuer with { Certificates = record.Issuer.Key + "\n" + record.Issuer.Certificates } }).IssuerPem();

        Assert.Equal(record.IssuerPem(), published);
        Assert.DoesNotContain("PRIVATE", published, StringComparison.Ordinal);
        Assert.Contains("CERTIFICATE", published, StringComparison.Ordinal);
    }

    [Fact]
    public void Condition_StandsOnTheMeshConfigThatCounts()
    {
        var cluster = Given.Cluster(new MeshConfig { Metadata = new() { Name = "default" } }, new MeshConfig { Metadata = new() { Name = "other" } });
        var condition = AuthorityHealth.Judge(AuthorityRecord.Create(null, TimeSpan.FromDays(365), DateTimeOffset.UtcNow), null, DateTimeOffset.UtcNow);

        Assert.Contains(condition, StatusCompiler.Compile(cluster.Configs["default"], condition).Conditions);
        Assert.DoesNotContain(condition, StatusCompiler.Compile(cluster.Configs["other"], condition).Conditions);
    }

    private static SslStreamCertificateContext Issue(CertificateAuthority authority, SpiffeId id, DateTimeOffset at)
    {
        using var key = CertificateProfile.NewKey();
        var issued = authority.Issue(new PublicKey(key), id, "frontend-1", at, Lifetime, jitter: 0);
        return SslStreamCertificateContext.Create(issued.Certificate.CopyWithPrivateKey(key), [.. issued.Intermediates], offline: true);
    }

    private static async Task OpensNothingAsync(StandaloneIdentity mesh, SslStreamCertificateContext certificate, string name = "frontend-1")
    {
        using var client = mesh.Client(certificate);
        CertifyClient.AssertTurnedAway(await client.HelloAsync(name, "shop"));
    }

    private static async Task<StatusCode> HelloAsync(StandaloneIdentity mesh, SslStreamCertificateContext certificate)
    {
        using var client = mesh.Client(certificate);
        return (await client.HelloAsync("frontend-1", "shop")).StatusCode;
    }
}
