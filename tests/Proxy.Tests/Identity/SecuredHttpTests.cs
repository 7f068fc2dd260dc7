using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Identity;

public sealed class SecuredHttpTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_ArrivesAsItWasSentWithTheCallersIdentity(bool isHttp2)
    {
        var protocol = isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        await using var application = await TestApplication.StartAsync(
            context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Host} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers["mesh-client-id"]}", Cancellation), protocol);
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient(isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11);

        for (var i = 0; i < 3; i++)
        {
            var answer = await client.GetStringAsync(new Uri("/a%2fb?c=d", UriKind.Relative), Cancellation);
            Assert.Equal($"{(isHttp2 ? "HTTP/2" : "HTTP/1.1")} {mesh.Port} /a%2fb?c=d spiffe://cluster.local/ns/shop/sa/frontend", answer);
        }
    }

    [Fact]
    public async Task LargeBodies_PassWholeBothWays()
    {
        await using var application = await TestApplication.StartAsync(async context =>
        {
            using var kept = new MemoryStream();
            await context.Request.Body.CopyToAsync(kept, Cancellation);
            await context.Response.Body.WriteAsync(kept.ToArray(), Cancellation);
        });
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient();
        var body = new byte[20 * 1024 * 1024];
        new Random(1).NextBytes(body);

        using var answer = await client.PostAsync(new Uri("/", UriKind.Relative), new ByteArrayContent(body), Cancellation);
        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }
}
