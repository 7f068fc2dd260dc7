using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests;

/// <summary>HTTP/1.1 through two sidecars, the client's used as an explicit proxy.</summary>
public sealed class HttpTests(HttpTests.Route route) : IClassFixture<HttpTests.Route>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://web/")]
    [InlineData("http://web.test/")]
    [InlineData("http://web.test.svc:80/")]
    [InlineData("http://WEB.test.svc.cluster.local./")]
    public async Task Service_IsFoundByEachOfItsNames(string url)
    {
        using var client = route.Client.NewProxiedClient();
        Assert.Equal($"{route.Application.Http.Address}\n", await client.GetStringAsync(url, Cancellation));
    }

    [Fact]
    public async Task WebSocket_CarriesFramesBothWays()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://{route.Client.Destinations[0]}/socket"), Cancellation);
        for (var i = 0; i < 20; i++)
        {
            var sent = Encoding.UTF8.GetBytes($"frame {i} {new string('x', i * 100)}");
            await socket.SendAsync(sent, WebSocketMessageType.Text, true, Cancellation);
            var buffer = new byte[4096];
            var received = await socket.ReceiveAsync(buffer, Cancellation);
            Assert.Equal(sent, buffer[..received.Count]);
        }
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Cancellation);
        Assert.Equal("bye", socket.CloseStatusDescription);
    }

    [Fact]
    public async Task Response_StreamsWithoutBuffering()
    {
        var more = new TaskCompletionSource();
        using var answering = route.WithAnswer(async context =>
        {
            await context.Response.WriteAsync("first\n");
            await context.Response.Body.FlushAsync();
            await more.Task;
            await context.Response.WriteAsync("second\n");
        });
        using var client = route.Client.NewProxiedClient();
        using var response = await client.GetAsync("http://web.test/", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal("first", await reader.ReadLineAsync(Cancellation));
        more.SetResult();
        Assert.Equal("second", await reader.ReadLineAsync(Cancellation));
        Assert.Null(await reader.ReadLineAsync(Cancellation));
    }

    [Fact]
    public async Task Request_StreamsWithoutBuffering()
    {
        var arrived = new TaskCompletionSource<string?>();
        using var answering = route.WithAnswer(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            arrived.SetResult(await reader.ReadLineAsync());
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        using var client = route.Client.NewProxiedClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://web.test/")
        {
            Content = new WrittenContent(async body =>
            {
                await body.WriteAsync("first\n"u8.ToArray(), Cancellation);
                await body.FlushAsync(Cancellation);
                Assert.Equal("first", await arrived.Task.WaitAsync(Cancellation));
                await body.WriteAsync("rest"u8.ToArray(), Cancellation);
            }),
        };
        using var response = await client.SendAsync(request, Cancellation);
        Assert.Equal("rest", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task UnknownHost_PassesThroughUntouched()
    {
        using var client = route.Client.NewProxiedClient();
        Assert.Equal($"{route.Application.Http.Address}\n", await client.GetStringAsync($"http://{route.Application.Http}/", Cancellation));
    }

    [Fact]
    public async Task ServiceWithoutEndpoints_IsExplained()
    {
        await route.Mesh.ApplyServiceAsync("empty");
        using var client = route.Client.NewProxiedClient();
        var explanation = await Eventually.BecomesAsync(
            async () =>
            {
                using var response = await client.GetAsync("http://empty.test/", Cancellation);
                return (response.StatusCode, response.Content.Headers.ContentType?.MediaType, Body: await response.Content.ReadAsStringAsync(Cancellation));
            },
            answer => answer.Body.Contains("mesh/no-endpoints", StringComparison.Ordinal), Cancellation);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (explanation.StatusCode, explanation.MediaType));
        Assert.Equal("test/empty:80", JsonNode.Parse(explanation.Body)!["destination"]!.GetValue<string>());
    }

    /// <summary>A body of unknown length that is written step by step.</summary>
    private sealed class WrittenContent(Func<Stream, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>An application with a sidecar, and a client's sidecar.</summary>
    public sealed class Route : IAsyncLifetime
    {
        internal StandaloneMesh Mesh { get; private set; } = null!;

        internal Application Application { get; private set; } = null!;

        internal Sidecar Client { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Application = await Application.StartAsync(StandaloneMesh.NewAddress());
            Mesh = await StandaloneMesh.StartAsync();
            var server = await Mesh.StartSidecarAsync("server", Application.Http);
            await Mesh.ApplyServiceAsync("web", server.Inbound);
            Client = await Mesh.StartSidecarAsync("client", destinations: "web.test:80");
            await Client.ServesAsync(HttpVersion.Version11, CancellationToken.None);
        }

        public async ValueTask DisposeAsync()
        {
            await Mesh.DisposeAsync();
            await Application.DisposeAsync();
        }

        /// <summary>Lets the application answer in another way until disposed.</summary>
        internal IDisposable WithAnswer(RequestDelegate answer)
        {
            var before = Application.Answer;
            Application.Answer = answer;
            return new Restore(() => Application.Answer = before);
        }

        private sealed class Restore(Action restore) : IDisposable
        {
            public void Dispose() => restore();
        }
    }
}
