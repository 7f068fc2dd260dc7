using System.IO.Hashing;
using Google.Protobuf;
using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Discovery;

/// <summary>What holds for some pods alike, encoded when the first of them is told and shared from then on.</summary>
internal sealed class WorkloadVersion
{
    private readonly Lazy<EncodedMessage> _encoded;

    public WorkloadVersion(CompiledWorkload compiled, IReadOnlyList<ByteString> anchors, DiscoveryMetrics metrics)
    {
        (Compiled, Anchors) = (compiled, anchors);
        Version = Combine(compiled.Version, anchors);
        _encoded = new(() =>
        {
            var update = compiled.Update.Clone();
            update.Version = Version;
            update.TrustAnchors.AddRange(anchors);
            metrics.Encoded(UpdateKind.Workload);
            return new(new OperatorMessage { Workload = update }, UpdateKind.Workload);
        });
    }

    public CompiledWorkload Compiled { get; }

    /// <summary>Whom the pods trust.</summary>
    public IReadOnlyList<ByteString> Anchors { get; }

    /// <summary>A hash of both: whoever acknowledges it trusts these anchors.</summary>
    public ulong Version { get; }

    public EncodedMessage Encoded => _encoded.Value;

    /// <summary>Streams whose pods it holds for. Guarded by the table.</summary>
    public int Streams { get; set; }

    private static ulong Combine(ulong version, IReadOnlyList<ByteString> anchors)
    {
        if (anchors.Count == 0) return version;
        var hash = new XxHash64((long)version);
        foreach (var anchor in anchors) hash.Append(anchor.Span);
        return hash.GetCurrentHashAsUInt64() is not 0 and var combined ? combined : 1;
    }
}
