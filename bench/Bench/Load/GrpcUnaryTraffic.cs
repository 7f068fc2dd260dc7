using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using Grpc.Net.Client;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Load;

/// <summary>gRPC calls of 1 KiB each way, sent by h2load.</summary>
internal sealed class GrpcUnaryTraffic : ITraffic
{
    private const int Connections = 8;
    private const int Streams = 10;

    private static readonly EchoMessage Message = new() { Body = ByteString.CopyFrom(new byte[1024]) };

    private GrpcBackend? _backend;
    private string _frame = "";

    public string Name => "gRPC, unary";

    public string Description => $"1 KiB there and back, over {Connections} connections, {Streams} calls at a time on each, to a server on Kestrel.";

    public string Unit => "call";

    public Wire Wire => Wire.Grpc;

    public async Task<IPEndPoint> StartBackendAsync(Stage stage, CancellationToken stop)
    {
        // A message on the wire: not compressed, its length, itself.
        var frame = new byte[5 + Message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), Message.CalculateSize());
        Message.WriteTo(frame.AsSpan(5));
        _frame = Path.Combine(stage.Folder, "message.grpc");
        await File.WriteAllBytesAsync(_frame, frame, stop);
        _backend = await GrpcBackend.StartAsync(stop);
        return _backend.Address;
    }

    public async Task<double> RunAsync(IPEndPoint address, TimeSpan length, CancellationToken stop)
    {
        await TryAsync(address, stop);
        return await H2Load.RunAsync(address, ["-m", $"{Streams}", "-d", _frame, "-H", "content-type: application/grpc", "-H", "te: trailers"], "/mesh.bench.Echo/Once", Connections, length, stop);
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is not null) await _backend.DisposeAsync();
    }

    // h2load knows nothing of gRPC's status, which comes in the trailers: a real client looks at it first.
    private static async Task TryAsync(IPEndPoint address, CancellationToken stop)
    {
        using var channel = GrpcChannel.ForAddress($"http://{address}");
        await new Echo.EchoClient(channel).OnceAsync(Message, cancellationToken: stop);
    }
}
