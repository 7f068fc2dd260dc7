using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using k8s;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Operator.Identity;
using Mesh.Operator.Tests.Identity;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>Certificates for pods, and everything that a hostile one may try to get another's, over the wire.</summary>
public sealed class CertifyTests(IdentityFixture mesh) : IClassFixture<IdentityFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pod_GetsItsOwnIdentity()
    {
        var pod = await mesh.CreatePodAsync();
        using var client = mesh.NewClient();

        var certificate = await ObtainAsync(client, pod);

        Assert.Equal($"spiffe://cluster.local/ns/{pod.Namespace()}/sa/frontend", certificate.Id.ToString());
        Assert.Equal("frontend-1", certificate.Name);
    }

    [Fact]
    public async Task TokenForAnotherAudience_IsRefused()
    {
        var pod = await mesh.CreatePodAsync();

        await RefusedAsync(await mesh.TokenAsync(pod, "https://vault.example"), StatusCode.Unauthenticated, "it is not for audience mesh.io");
    }

    [Fact]
    public async Task ExpiredToken_IsRefused()
    {
        var token = await mesh.TokenAsync(await mesh.CreatePodAsync());

        await RefusedAsync(Forge(token, claims => claims["exp"] = DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeSeconds()), StatusCode.Unauthenticated, "it ended");
    }

    [Fact]
    public async Task ForgedToken_IsRefused()
    {
        var token = await mesh.TokenAsync(await mesh.CreatePodAsync());

        await RefusedAsync(Forge(token, claims => claims["sub"] = "system:serviceaccount:shop:payments"), StatusCode.Unauthenticated, "the API server does not accept it");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJub25lIn0.W10.x")]
    [InlineData("local.c2hvcC9mcm9udGVuZC9mcm9udGVuZC0x.1767225600.AAAA")]
    public async Task WhatIsNoToken_IsRefusedUnasked(string token) => await RefusedAsync(token, StatusCode.Unauthenticated, "token: ");

    [Fact]
    public async Task EndlessToken_IsRefused() => await RefusedAsync(new string('a', 10_000), StatusCode.Unauthenticated, "found 10000 characters");

    [Fact]
    public async Task TokenOfADeletedPod_IsRefused()
    {
        var pod = await mesh.CreatePodAsync();
        var token = await mesh.TokenAsync(pod);
        await mesh.Client.CoreV1.DeleteNamespacedPodAsync(pod.Name(), pod.Namespace(), gracePeriodSeconds: 0, cancellationToken: Cancelled);

        await RefusedAsync(token, StatusCode.Unauthenticated, "the API server does not accept it");
    }

    [Fact]
    public async Task TokenOfAnEarlierPodOfThatName_IsRefused()
    {
        var pod = await mesh.CreatePodAsync();
        var token = await mesh.TokenAsync(pod);
        await mesh.Client.CoreV1.DeleteNamespacedPodAsync(pod.Name(), pod.Namespace(), gracePeriodSeconds: 0, cancellationToken: Cancelled);
        await mesh.CreatePodAsync(ns: pod.Namespace());

        await RefusedAsync(token, StatusCode.Unauthenticated, "the API server does not accept it");
    }

    [Fact]
    public async Task TokenThatIsNoPods_IsRefused()
    {
        var pod = await mesh.CreatePodAsync();

        await RefusedAsync(await mesh.TokenAsync(pod.Namespace(), "frontend", "mesh.io", bound: null), StatusCode.PermissionDenied, "not bound to a pod");
    }

    [Fact]
    public async Task TokenOfAnotherNamespace_GivesNoIdentityHere()
    {
        var (here, there) = (await mesh.CreatePodAsync(), await mesh.CreatePodAsync());
        using var asking = mesh.NewClient();
        var certificate = await ObtainAsync(asking, there);
        Assert.Equal(there.Namespace(), certificate.Id.Namespace);

        using var proxy = new CertifyClient(mesh.Address, IdentityFixture.NewSource(), await asking.ObtainAsync(await mesh.TokenAsync(there)));
        using var stream = new DiscoveryService.DiscoveryServiceClient(proxy.Discovery).Stream(cancellationToken: Cancelled);
        await stream.RequestStream.WriteAsync(new() { Hello = new() { Proxy = here.Name(), Namespace = here.Namespace() } }, Cancelled);

        var refused = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    public async Task DotsInAServiceAccountsName_StandForThemselves()
    {
        var dotted = await mesh.CreatePodAsync(account: "front.end");
        var other = await mesh.CreatePodAsync(account: "frontxend", name: "frontend-2", ns: dotted.Namespace());
        using var client = mesh.NewClient();

        Assert.Equal("front.end", (await ObtainAsync(client, dotted)).Id.ServiceAccount);
        Assert.Equal("frontxend", (await ObtainAsync(client, other)).Id.ServiceAccount);
    }

    public static TheoryData<string, byte[], string> BadRequests()
    {
        using var rsa = RSA.Create(2048);
        using var weak = RSA.Create(1024);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new("spiffe://cluster.local/ns/shop/sa/payments"));
        var good = CertifyClient.NewRequest();
        return new()
        {
            { "nothing", [], "found 0 bytes" },
            { "nonsense", [1, 2, 3], "expected a PKCS #10 request" },
            { "endless", [.. good, .. new byte[4000]], "expected 1 to 2048" },
            { "more after its end", [.. good, 0], "found 1 bytes after its end" },
            { "a signature that is not its key's", [.. good[..^1], (byte)(good[^1] ^ 1)], "expected a PKCS #10 request" },
            { "RSA", new CertificateRequest("", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest(), "expected ECDSA P-256" },
            { "weak RSA", new CertificateRequest("", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest(), "expected ECDSA P-256" },
            { "P-384", CertifyClient.NewRequest(_ => { }, with: p384), "expected ECDSA P-256" },
            { "a subject", CertifyClient.NewRequest(_ => { }, "CN=payments-1"), "found a subject" },
            { "another's SAN", CertifyClient.NewRequest(request => request.CertificateExtensions.Add(names.Build())), "extension 2.5.29.17" },
            { "a CA", CertifyClient.NewRequest(request => request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true))), "extension 2.5.29.19" },
            { "a use of the key", CertifyClient.NewRequest(request => request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true))), "extension 2.5.29.15" },
            { "a password", CertifyClient.NewRequest(request => request.OtherRequestAttributes.Add(new AsnEncodedData("1.2.840.113549.1.9.7", [0x0C, 1, 0x61]))), "attribute 1.2.840.113549.1.9.7" },
        };
    }

    [Theory]
    [MemberData(nameof(BadRequests), DisableDiscoveryEnumeration = true)]
    public async Task SigningRequestOf_IsRefused(string what, byte[] request, string detail)
    {
        Assert.NotEmpty(what);
        var token = await mesh.TokenAsync(await mesh.CreatePodAsync());

        await RefusedAsync(token, StatusCode.InvalidArgument, detail, request);
    }

    [Fact]
    public async Task SigningRequestLargerThanAMessage_IsNotTakenIn()
    {
        var token = await mesh.TokenAsync(await mesh.CreatePodAsync());

        await RefusedAsync(token, StatusCode.ResourceExhausted, "maximum", new byte[10_000_000]);
    }

    [Fact]
    public async Task SameOwner_AsksTooOften()
    {
        var pod = await mesh.CreatePodAsync();
        var token = await mesh.TokenAsync(pod);
        for (var i = 0; i < new IdentityLimits().CertificatesOfAnIdentity; i++)
        {
            using var client = mesh.NewClient();
            await client.CertifyAsync(token);
        }

        await RefusedAsync(token, StatusCode.ResourceExhausted, $"requests of {pod.Namespace()}/frontend-1 in a row");
    }

    [Fact]
    public async Task RequestThatNeverEnds_IsCutOff()
    {
        using var slow = new SlowRequest(mesh.Address);

        var cut = await Assert.ThrowsAnyAsync<Exception>(() => slow.SendAsync(Cancelled));

        // .NET's client calls it cancelled where it was sending just as the operator ended the call.
        Assert.True(cut is HttpRequestException or OperationCanceledException && !Cancelled.IsCancellationRequested, cut.ToString());
    }

    [Fact]
    public async Task FloodOfBadRequests_LeavesGoodOnesServed()
    {
        const int Bad = 10_000;
        var pods = await Task.WhenAll(Enumerable.Range(1, 5).Select(i => mesh.CreatePodAsync(name: $"frontend-{i}")));
        var tokens = await Task.WhenAll(pods.Select(pod => mesh.TokenAsync(pod)));
        var template = await mesh.TokenAsync(pods[0]);
        var reviews = Reviews();
        using var hostile = new CertifyClient(mesh.Address, IdentityFixture.NewSource());
        var request = CertifyClient.NewRequest();
        var sent = 0;

        var flood = Enumerable.Range(0, 16).Select(async _ =>
        {
            while (Interlocked.Increment(ref sent) is <= Bad and var number)
            {
                // Each another token, and each looks good until it is verified.
                var refused = await Assert.ThrowsAsync<RpcException>(async () => await hostile.CertifyAsync(Forge(template, claims => claims["jti"] = number), request));
                Assert.Contains(refused.StatusCode, new[] { StatusCode.Unauthenticated, StatusCode.ResourceExhausted });
            }
        }).ToList();
        foreach (var token in tokens)
        {
            using var client = mesh.NewClient();
            await client.CertifyAsync(token);
        }
        await Task.WhenAll(flood);

        // All but a few never reached the API server.
        if (mesh.Cluster.Cluster.StandIn is not null) Assert.InRange(Reviews() - reviews, 1, 500);
    }

    [Fact]
    public async Task AnchorsAndIssuer_AreThereForEverybody_WithoutTheirKeys()
    {
        var secret = await mesh.Client.CoreV1.ReadNamespacedSecretAsync(IdentityNames.Secret, mesh.Namespace, cancellationToken: Cancelled);
        var record = AuthorityRecord.Parse(Encoding.UTF8.GetString(secret.Data["authority.json"]));

        await Eventually.HoldsAsync(async () =>
        {
            var map = await mesh.Client.CoreV1.ReadNamespacedConfigMapAsync(IdentityNames.AnchorsConfigMap, mesh.Namespace, cancellationToken: Cancelled);
            Assert.Equal(record.AnchorsPem(), map.Data[IdentityNames.AnchorsEntry]);
            Assert.Equal(record.IssuerPem(), map.Data[IdentityNames.IssuerEntry]);
            Assert.DoesNotContain("PRIVATE", string.Concat(map.Data.Values), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task OfReplicasThatStartAtOnce_TheFirstWins()
    {
        var ns = (await mesh.CreatePodAsync()).Namespace();
        var stores = Enumerable.Range(1, 5).Select(i => new SecretAuthorityStore(mesh.Client, new(ns, $"operator-{i}"))).ToList();

        var won = await Task.WhenAll(stores.Select(store => store.TryWriteAsync(AuthorityRecord.Create(null, TimeSpan.FromDays(30), DateTimeOffset.UtcNow), version: null, Cancelled)));

        Assert.Single(won, true);
        var records = await Task.WhenAll(stores.Select(async store => (await store.ReadAsync(Cancelled)).Record!.AnchorsPem()));
        Assert.Single(records.Distinct());
    }

    private int Reviews() => mesh.Cluster.Cluster.StandIn?.Requests.Count(request => request.Path.EndsWith("tokenreviews", StringComparison.Ordinal)) ?? 0;

    private async Task<(SpiffeId Id, string Name)> ObtainAsync(CertifyClient client, V1Pod pod)
    {
        var response = await client.CertifyAsync(await mesh.TokenAsync(pod));
        using var certificate = X509CertificateLoader.LoadCertificate(response.Certificates[0].Span);
        Assert.Null(WorkloadCertificate.Verify(
            certificate, [.. response.Certificates.Skip(1).Select(one => X509CertificateLoader.LoadCertificate(one.Span))],
            [.. response.TrustAnchors.Select(one => X509CertificateLoader.LoadCertificate(one.Span))], WorkloadCertificate.ServerAuthentication, DateTimeOffset.UtcNow, out var id));
        return (id!, WorkloadCertificate.NameOf(certificate));
    }

    private async Task RefusedAsync(string token, StatusCode code, string detail, byte[]? request = null)
    {
        using var client = mesh.NewClient();

        var refused = await client.RefusedAsync(token, request);

        Assert.Equal(code, refused.StatusCode);
        Assert.Contains(detail, refused.Detail, StringComparison.Ordinal);
    }

    private static string Forge(string token, Action<JsonNode> change)
    {
        var parts = token.Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        change(claims);
        parts[1] = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        return string.Join('.', parts);
    }
}
