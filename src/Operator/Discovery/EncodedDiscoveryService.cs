using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Discovery;

namespace Mesh.Operator.Discovery;

/// <summary>The service of discovery.proto, as the generated base class is, but for answers that are encoded already.</summary>
[BindServiceMethod(typeof(EncodedDiscoveryService), nameof(Bind))]
internal abstract class EncodedDiscoveryService
{
    private static readonly Method<ProxyMessage, EncodedMessage> StreamMethod = new(
        MethodType.DuplexStreaming,
        DiscoveryService.Descriptor.FullName,
        nameof(Stream),
        Marshallers.Create(
            static (message, context) => context.Complete(message.ToByteArray()),
            static context => ProxyMessage.Parser.ParseFrom(context.PayloadAsReadOnlySequence())),
        EncodedMessage.Marshaller);

    public abstract Task Stream(IAsyncStreamReader<ProxyMessage> requests, IServerStreamWriter<EncodedMessage> responses, ServerCallContext context);

    /// <summary>Called by the gRPC server, which finds it by the attribute.</summary>
    public static void Bind(ServiceBinderBase binder, EncodedDiscoveryService? service) =>
        binder.AddMethod(StreamMethod, service is null ? null : service.Stream);
}
