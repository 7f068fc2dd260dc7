using System.Globalization;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Api.Probes;

namespace Mesh.Proxy.Health;

/// <summary>Whether the application's gRPC server says that it serves. Source: the gRPC health checking protocol, grpc.health.v1.</summary>
internal static class GrpcCheck
{
    private const int Serving = 1;
    private const int ServiceField = 1;
    private const int StatusField = 1;

    // Two messages of one field each need no generated code.
    private static readonly Method<string, byte[]> Check = new(
        MethodType.Unary, "grpc.health.v1.Health", "Check",
        new Marshaller<string>(WriteRequest, static _ => throw new NotSupportedException()),
        new Marshaller<byte[]>(static _ => throw new NotSupportedException(), static message => message));

    public static async Task<CheckAnswer> AskAsync(GrpcProbe probe, IPAddress pod, CancellationToken stop)
    {
        var url = $"http://{HealthPages.Authority(pod, probe.Port)}";
        using var channel = GrpcChannel.ForAddress(url, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }, DisposeHttpClient = true });
        try
        {
            var status = ReadStatus(await channel.CreateCallInvoker().AsyncUnaryCall(Check, null, new CallOptions(cancellationToken: stop), probe.Service ?? ""));
            return status == Serving
                ? new(StatusCodes.Status200OK, "SERVING\n")
                : new(StatusCodes.Status503ServiceUnavailable, string.Create(CultureInfo.InvariantCulture, $"grpc.health.v1.Health/Check: found status {status}, expected SERVING (1)\n"));
        }
        catch (RpcException failure)
        {
            return HealthPages.Failed($"grpc.health.v1.Health/Check at {url}", failure);
        }
    }

    private static byte[] WriteRequest(string service)
    {
        if (service.Length == 0) return [];
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            output.WriteTag(WireFormat.MakeTag(ServiceField, WireFormat.WireType.LengthDelimited));
            output.WriteString(service);
        }
        return bytes.ToArray();
    }

    private static int ReadStatus(byte[] message)
    {
        using var input = new CodedInputStream(message);
        var status = 0;
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == WireFormat.MakeTag(StatusField, WireFormat.WireType.Varint)) status = input.ReadEnum();
            else input.SkipLastField();
        }
        return status;
    }
}
