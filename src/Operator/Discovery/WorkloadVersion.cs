using Google.Protobuf;
using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Discovery;

/// <summary>What holds for some pods alike, encoded when the first of them is told and shared from then on.</summary>
internal sealed class WorkloadVersion(CompiledWorkload compiled, IReadOnlyList<ByteString> anchors, DiscoveryMetrics metrics)
{
    private readonly Lazy<EncodedMessage> _encoded = new(() =>
    {
        var update = compiled.Update.Clone();
        update.TrustAnchors.AddRange(anchors);
        metrics.Encoded(UpdateKind.Workload);
        return new(new OperatorMessage { Workload = update }, UpdateKind.Workload);
    });

    public CompiledWorkload Compiled { get; } = compiled;

    public EncodedMessage Encoded => _encoded.Value;

    /// <summary>Streams whose pods it holds for. Guarded by the table.</summary>
    public int Streams { get; set; }
}
