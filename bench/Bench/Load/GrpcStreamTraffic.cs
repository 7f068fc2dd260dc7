using System.Net;
using Google.Protobuf;
using Grpc.Net.Client;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Load;

/// <summary>gRPC streams that stay open, and messages of 1 KiB on them, each sent once the one before has come back.</summary>
internal sealed class GrpcStreamTraffic(TimeProvider time) : ITraffic
{
    private const int Channels = 4;
    private const int Streams = 8;

    private static readonly EchoMessage Message = new() { Body = ByteString.CopyFrom(new byte[1024]) };

    private GrpcBackend? _backend;

    public string Name => "gRPC, messages of streams";

    public string Description => $"1 KiB there and back, counted as one, in {Streams} streams on each of {Channels} connections, by Grpc.Net.Client to a server on Kestrel.";

    public string Unit => "message";

    public Wire Wire => Wire.Grpc;

    public async Task<IPEndPoint> StartBackendAsync(Stage stage, CancellationToken stop)
    {
        _backend = await GrpcBackend.StartAsync(stop);
        return _backend.Address;
    }

    public async Task<double> RunAsync(IPEndPoint address, TimeSpan length, CancellationToken stop)
    {
        var start = time.GetTimestamp();
        bool IsOver() => time.GetElapsedTime(start) > length;
        var channels = Enumerable.Range(0, Channels).Select(_ => GrpcChannel.ForAddress($"http://{address}")).ToList();
        var counts = await Task.WhenAll(channels.SelectMany(channel => Enumerable.Range(0, Streams).Select(_ => EchoAsync(new(channel), IsOver, stop))));
        channels.ForEach(channel => channel.Dispose());
        return counts.Sum();
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is not null) await _backend.DisposeAsync();
    }

    private static async Task<double> EchoAsync(Echo.EchoClient client, Func<bool> over, CancellationToken stop)
    {
        using var call = client.Stream(cancellationToken: stop);
        var count = 0;
        for (; !over(); count++)
        {
            await call.RequestStream.WriteAsync(Message, stop);
            await call.ResponseStream.MoveNext(stop);
        }
        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.MoveNext(stop);
        return count;
    }
}
