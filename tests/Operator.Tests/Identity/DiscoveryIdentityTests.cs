using Grpc.Core;
using Mesh.Operator.Tests.Discovery;

namespace Mesh.Operator.Tests.Identity;

/// <summary>Who may speak on a discovery stream, and as whom.</summary>
public sealed class DiscoveryIdentityTests
{
    [Fact]
    public async Task ProxyThatProvesItself_IsServed()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = await CertifiedAsync(mesh);

        using var proxy = await TestProxy.ConnectAsync(client.Discovery, "frontend-1", "shop");
    }

    [Fact]
    public async Task ProxyWithoutCertificate_IsRefused()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = mesh.Client();

        var refused = await client.HelloAsync("frontend-1", "shop");

        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
    }

    [Theory]
    [InlineData("payments-1", "shop", "hello.proxy: found payments-1, expected frontend-1, as the certificate says")]
    [InlineData("frontend-1", "bank", "hello.namespace: found bank, expected shop, as the certificate says")]
    public async Task AnothersName_IsRefused(string name, string space, string detail)
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        using var client = await CertifiedAsync(mesh);

        var refused = await client.HelloAsync(name, space);

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Equal(detail, refused.Detail);
    }

    [Fact]
    public async Task CertificateOfAnotherAuthority_IsRefusedInTheHandshake()
    {
        await using var mesh = await StandaloneIdentity.StartAsync();
        await using var other = await StandaloneIdentity.StartAsync();
        using var elsewhere = other.Client();
        var certificate = await elsewhere.ObtainAsync(other.Token());
        using var client = mesh.Client(certificate);

        CertifyClient.AssertTurnedAway(await client.HelloAsync("frontend-1", "shop"));
    }

    private static async Task<CertifyClient> CertifiedAsync(StandaloneIdentity mesh)
    {
        using var client = mesh.Client();
        return mesh.Client(await client.ObtainAsync(mesh.Token()));
    }
}
