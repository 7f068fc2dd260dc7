using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Discovery;

namespace Mesh.Operator.Discovery;

/// <summary>An OperatorMessage in the bytes that go over the wire, so that one update to many proxies is serialised once.</summary>
internal sealed class EncodedMessage
{
    /// <summary>Writes the bytes as they are. Reading is the proxy's part and not needed here.</summary>
    public static readonly Marshaller<EncodedMessage> Marshaller = new(Serialize, static (DeserializationContext _) => throw new NotSupportedException());

    private readonly byte[] _bytes;

    public EncodedMessage(OperatorMessage message, UpdateKind? kind = null) => (_bytes, Kind) = (message.ToByteArray(), kind);

    /// <summary>Null where it is no update.</summary>
    public UpdateKind? Kind { get; }

    /// <summary>Bytes.</summary>
    public int Length => _bytes.Length;

    private static void Serialize(EncodedMessage message, SerializationContext context)
    {
        context.SetPayloadLength(message._bytes.Length);
        context.GetBufferWriter().Write(message._bytes);
        context.Complete();
    }
}
