using System.Net;
using System.Threading.Channels;
using Grpc.Core;
using Mesh.Api.Discovery;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>A discovery server over real gRPC that says what the test tells it to.</summary>
internal sealed class FakeOperator : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Service _service;

    private FakeOperator(WebApplication application, Service service) => (_application, _service) = (application, service);

    public Uri Address => new(_application.Urls.Single());

    public static async Task<FakeOperator> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var service = new Service();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        var application = builder.Build();
        application.MapGrpcService<Service>();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new(application, service);
    }

    /// <summary>The next stream that a proxy opens, once it has said hello and was welcomed.</summary>
    public async Task<OperatorStream> NextStreamAsync() => await _service.Streams.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _service.Stopping.TrySetResult();
        await _application.DisposeAsync();
    }

    private sealed class Service : DiscoveryService.DiscoveryServiceBase
    {
        public Channel<OperatorStream> Streams { get; } = Channel.CreateUnbounded<OperatorStream>();

        public TaskCompletionSource Stopping { get; } = new();

        public override async Task Stream(IAsyncStreamReader<ProxyMessage> requestStream, IServerStreamWriter<OperatorMessage> responseStream, ServerCallContext context)
        {
            await requestStream.MoveNext(context.CancellationToken);
            await responseStream.WriteAsync(new() { Welcome = new() { Operator = "fake", Version = "test" } }, context.CancellationToken);
            var stream = new OperatorStream(requestStream.Current.Hello, requestStream, responseStream);
            await Streams.Writer.WriteAsync(stream, context.CancellationToken);
            await Task.WhenAny(stream.Ended, Stopping.Task, Task.Delay(Timeout.Infinite, context.CancellationToken));
            throw new RpcException(new(StatusCode.Unavailable, "cut"));
        }
    }
}
