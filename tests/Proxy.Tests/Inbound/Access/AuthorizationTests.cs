using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Identity;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Inbound.Access;

/// <summary>Who is let through to the application, between two sidecars that prove who they are, and from outside.</summary>
public sealed class AuthorizationTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task VerifiedCaller_IsLetIn_AndNobodyElse()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("in"));
        await using var mesh = await SecuredMesh.StartAsync(application.Address, MtlsMode.Permissive);
        using var meshed = mesh.NewClient();
        using var outside = TestProxy.NewClient(mesh.Inbound);
        Assert.Equal(HttpStatusCode.OK, (await outside.GetAsync(Root, Cancellation)).StatusCode);

        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/frontend")));
        Assert.Equal(HttpStatusCode.OK, (await meshed.GetAsync(Root, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await outside.GetAsync(Root, Cancellation)).StatusCode);

        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/other", "other/frontend", "shop/fronten.")));
        Assert.Equal(HttpStatusCode.Forbidden, (await meshed.GetAsync(Root, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Refusal_ExplainsItselfToTheMesh_AndToNobodyElse()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("in"));
        await using var mesh = await SecuredMesh.StartAsync(application.Address, MtlsMode.Permissive);
        mesh.Workload.Authorize(AccessRules.Deny(AccessRules.From("shop/frontend"), new AuthorizationRule { Name = "strangers", From = { new AuthorizationSource { Unauthenticated = true } } }));
        using var meshed = mesh.NewClient();
        using var outside = TestProxy.NewClient(mesh.Inbound);
        using var told = await meshed.GetAsync(Root, Cancellation);
        using var untold = await outside.GetAsync(Root, Cancellation);
        var explained = JsonNode.Parse(await told.Content.ReadAsStringAsync(Cancellation))!;
        var terse = JsonNode.Parse(await untold.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal("mesh/forbidden", told.Headers.GetValues("mesh-error").Single());
        Assert.Equal("application/problem+json", told.Content.Headers.ContentType?.MediaType);
        Assert.Equal(("from", "spiffe://cluster.local/ns/shop/sa/frontend", "shop/catalog@2"), ((string?)explained["rule"], (string?)explained["caller"], (string?)explained["policies"]![0]));
        Assert.Equal(HttpStatusCode.Forbidden, untold.StatusCode);
        Assert.Equal(["type", "title", "status", "code", "id"], terse.AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task GrpcCall_IsPermissionDenied()
    {
        await using var application = await TestApplication.StartAsync(_ => Task.CompletedTask, HttpProtocols.Http2);
        await using var mesh = await SecuredMesh.StartAsync(application.Address, MtlsMode.Permissive);
        mesh.Workload.Authorize(AccessRules.Deny(new AuthorizationRule { Name = "charge", To = { new AuthorizationOperation { Grpc = { new GrpcMatch { Service = "shop.Payments", Method = "Charge" } } } } }));
        using var client = mesh.NewClient(HttpVersion.Version20);
        using var refused = await CallAsync(client, "/shop.Payments/Charge");
        using var other = await CallAsync(client, "/shop.Payments/List");

        Assert.Equal("7", refused.Headers.GetValues("grpc-status").Single());
        Assert.Contains("rule charge of the Deny policy shop/catalog@2", Uri.UnescapeDataString(refused.Headers.GetValues("grpc-message").Single()), StringComparison.Ordinal);
        Assert.False(other.Headers.Contains("grpc-status"));
    }

    [Fact]
    public async Task Claimed_IsNotProven()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("in"));
        await using var mesh = await SecuredMesh.StartAsync(application.Address, MtlsMode.Permissive);
        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/frontend")));
        using var outside = TestProxy.NewClient(mesh.Inbound);
        foreach (var header in new[] { "mesh-client-id", "Mesh-Client-Id", "mesh_client_id", "x-forwarded-client-cert" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Root);
            request.Headers.TryAddWithoutValidation(header, "spiffe://cluster.local/ns/shop/sa/frontend");
            using var answer = await outside.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData(DefaultAuthorization.Everyone, 200, 200)]
    [InlineData(DefaultAuthorization.Mesh, 200, 403)]
    [InlineData(DefaultAuthorization.SameNamespace, 200, 403)]
    [InlineData(DefaultAuthorization.Nobody, 403, 403)]
    public async Task Default_HoldsWhereNoPolicyDoes(DefaultAuthorization access, int meshedStatus, int outsideStatus)
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("in"));
        await using var mesh = await SecuredMesh.StartAsync(application.Address, MtlsMode.Permissive);
        mesh.Workload.Authorize(MtlsMode.Permissive, access);
        using var meshed = mesh.NewClient();
        using var outside = TestProxy.NewClient(mesh.Inbound);

        Assert.Equal(meshedStatus, (int)(await meshed.GetAsync(Root, Cancellation)).StatusCode);
        Assert.Equal(outsideStatus, (int)(await outside.GetAsync(Root, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task RelayedConnection_IsDecidedOnByItsCaller()
    {
        await using var server = new RawServer(EchoAsync);
        await using var mesh = await SecuredMesh.StartAsync(server.Address, MtlsMode.Permissive, protocol: AppProtocol.Opaque);
        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/frontend")));
        using var meshed = await RawClient.ConnectAsync(mesh.Port);
        await meshed.SendAsync("\u0001hello");
        Assert.Equal("\u0001hello", await meshed.ReadUntilAsync("hello"));

        using var outside = await RawClient.ConnectAsync(mesh.Inbound);
        await outside.SendAsync("\u0001hello");
        Assert.Equal("", await outside.ReadToEndAsync());
    }

    [Theory]
    [InlineData(AuthorizationAction.Allow)]
    [InlineData(AuthorizationAction.Deny)]
    public async Task ConnectionThatWaitsUntilItIsTakenForTcp_GetsPastNoPolicyForRequests(AuthorizationAction action)
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("in"));
        var workload = new PlayedWorkload(MtlsMode.Permissive);
        await using var proxy = await TestProxy.StartAsync(application: application.Address, workload: workload, detectTimeout: TimeSpan.FromMilliseconds(100));
        var rule = new AuthorizationRule { Name = "gets", To = { new AuthorizationOperation { Methods = { action is AuthorizationAction.Allow ? "GET" : "DELETE" } } } };
        workload.Authorize(action is AuthorizationAction.Allow ? AccessRules.Allow(rule) : AccessRules.Deny(rule));
        using var silent = await RawClient.ConnectAsync(proxy.Inbound);

        // Nothing is sent: after the time of detection it would be relayed, and is reset instead.
        Assert.Equal("", await silent.ReadToEndAsync());
        using var prompt = TestProxy.NewClient(proxy.Inbound);
        Assert.Equal(HttpStatusCode.OK, (await prompt.GetAsync(Root, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task ConnectionThatLasts_EndsWhenThePolicyDoesNotLetItInAnyMore()
    {
        await using var server = new RawServer(EchoAsync);
        await using var mesh = await SecuredMesh.StartAsync(server.Address, MtlsMode.Permissive, protocol: AppProtocol.Opaque);
        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/frontend")));
        using var meshed = await RawClient.ConnectAsync(mesh.Port);
        await meshed.SendAsync("\u0001one");
        await meshed.ReadUntilAsync("one");

        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/frontend", "shop/other")));
        await meshed.SendAsync("two");
        Assert.Equal("two", await meshed.ReadUntilAsync("two"));
        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/other")));
        Assert.Equal("", await meshed.ReadToEndAsync());
    }

    [Fact]
    public async Task StreamThatLasts_EndsWhenThePolicyDoesNotLetItInAnyMore()
    {
        await using var application = await TestApplication.StartAsync(
            async context =>
            {
                context.Response.ContentType = "application/grpc";
                await context.Response.WriteAsync("begun", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            },
            HttpProtocols.Http2);
        await using var mesh = await SecuredMesh.StartAsync(application.Address, MtlsMode.Permissive);
        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/frontend")));
        using var client = mesh.NewClient(HttpVersion.Version20);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/shop.Payments/Watch")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } },
        };
        using var stream = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await using var body = await stream.Content.ReadAsStreamAsync(Cancellation);
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer, Cancellation);

        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.From("shop/other")));
        await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(buffer, Cancellation));
    }

    private static async Task<HttpResponseMessage> CallAsync(HttpClient client, string method)
    {
        using var content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } };
        return await client.PostAsync(new Uri(method, UriKind.Relative), content, Cancellation);
    }

    private static async Task EchoAsync(TcpClient client, CancellationToken stopping) => await client.GetStream().CopyToAsync(client.GetStream(), stopping);
}
