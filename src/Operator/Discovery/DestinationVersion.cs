using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Discovery;

/// <summary>One version of a destination and its encoded forms, each made when a proxy first needs it and shared from then on.</summary>
internal sealed class DestinationVersion(CompiledDestination compiled, DiscoveryMetrics metrics)
{
    private readonly Lock _encoding = new();
    private EncodedMessage? _whole;

    // By the version that they build on, which is nearly always the one before.
    private Dictionary<ulong, EncodedMessage>? _deltas;

    public CompiledDestination Compiled { get; } = compiled;

    public ulong Version => Compiled.Version;

    /// <summary>What of it a policy's status speaks of.</summary>
    public (Policy InForce, Policy? Shadow) Policies => (Compiled.Policy, Compiled.Shadow);

    public EncodedMessage Whole
    {
        get
        {
            lock (_encoding) return _whole ??= Encode(DestinationCompiler.Whole(Compiled), UpdateKind.Whole);
        }
    }

    /// <summary>What takes a proxy from another version to this one.</summary>
    public EncodedMessage Since(DestinationVersion other)
    {
        lock (_encoding)
        {
            _deltas ??= new(1);
            if (!_deltas.TryGetValue(other.Version, out var delta)) _deltas.Add(other.Version, delta = EncodeSince(other));
            return delta;
        }
    }

    private EncodedMessage EncodeSince(DestinationVersion other)
    {
        var delta = DestinationCompiler.Delta(other.Compiled, Compiled);
        // Where most endpoints changed, the whole is shorter.
        return delta.Endpoints.Count + delta.Removed.Count > Compiled.Endpoints.Length ? Whole : Encode(delta, UpdateKind.Delta);
    }

    private EncodedMessage Encode(DestinationUpdate update, UpdateKind kind)
    {
        metrics.Encoded(kind);
        return new(new OperatorMessage { Update = update }, kind);
    }
}
