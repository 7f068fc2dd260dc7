using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Mesh.Api.Identity;

namespace Mesh.Operator.Tests.Identity;

/// <summary>Identities from the local authority, over real TLS.</summary>
public sealed class StandaloneCertifyTests
{
    [Fact]
    public async Task Certificate_NamesWhomTheTokenNames_AndLeadsToTheAnchor()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = mesh.Client();
        var before = DateTimeOffset.UtcNow;

        var response = await client.CertifyAsync(mesh.Token());

        using var certificate = X509CertificateLoader.LoadCertificate(response.Certificates[0].Span);
        X509Certificate2Collection intermediates = [.. response.Certificates.Skip(1).Select(one => X509CertificateLoader.LoadCertificate(one.Span))];
        Assert.Null(WorkloadCertificate.Verify(certificate, intermediates, mesh.Anchors(), WorkloadCertificate.ServerAuthentication, DateTimeOffset.UtcNow, out var id));
        Assert.Null(WorkloadCertificate.Verify(certificate, intermediates, mesh.Anchors(), WorkloadCertificate.ClientAuthentication, DateTimeOffset.UtcNow, out _));
        Assert.Equal(new("cluster.local", "shop", "frontend"), id);
        Assert.Equal("frontend-1", WorkloadCertificate.NameOf(certificate));
        Assert.Equal(mesh.Anchors().Single().RawData, Assert.Single(response.TrustAnchors).ToByteArray());
        Assert.InRange(response.RenewAt.ToDateTimeOffset(), before.AddHours(14.3), DateTimeOffset.UtcNow.AddHours(16));
        Assert.InRange(certificate.NotAfter.ToUniversalTime(), before.AddHours(23).UtcDateTime, DateTime.UtcNow.AddHours(24));
    }

    [Fact]
    public async Task Operator_ProvesItsOwnIdentity()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = mesh.Client();

        await client.CertifyAsync(mesh.Token());

        Assert.True(WorkloadCertificate.TryReadId(client.Operator!, out var id));
        Assert.Equal("mesh-system/mesh-operator", id.Workload);
    }

    [Fact]
    public async Task TokenOfAnotherKey_IsRefused()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = mesh.Client();
        Assert.True(LocalToken.TryReadKey(LocalToken.NewKey(), out var other));

        var refused = await client.RefusedAsync(new LocalToken("shop", "frontend", "frontend-1").Sign(other, DateTimeOffset.UtcNow));

        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        Assert.Equal("token: it was made with another join key", refused.Detail);
    }

    [Theory]
    [InlineData("shop", "front.*end")]
    [InlineData("shop", "frontend?")]
    [InlineData("shop", "(frontend|payments)")]
    [InlineData("Shop", "frontend")]
    [InlineData("..", "frontend")]
    public async Task NamesThatKubernetesWouldNotHave_AreRefused(string ns, string account)
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = mesh.Client();

        Assert.Equal(StatusCode.Unauthenticated, (await client.RefusedAsync(mesh.Token(ns, account))).StatusCode);
    }

    [Fact]
    public async Task OperatorsOwnIdentity_IsGivenToNobody()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = mesh.Client();

        Assert.Equal(StatusCode.PermissionDenied, (await client.RefusedAsync(mesh.Token("mesh-system", "mesh-operator"))).StatusCode);
    }

    [Fact]
    public async Task Keys_AreTheirOwnersAlone()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(mesh.Folder));
        foreach (var file in new[] { IdentityFiles.JoinKey, "authority.json" })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(mesh.Folder, file)));
        }
    }
}
