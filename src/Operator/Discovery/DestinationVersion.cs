using System.Collections.Concurrent;
using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Discovery;

/// <summary>One version of a destination and its encoded forms, each made when a proxy first needs it and shared from then on.</summary>
internal sealed class DestinationVersion(CompiledDestination compiled, DiscoveryMetrics metrics)
{
    private readonly ConcurrentDictionary<ulong, Lazy<EncodedMessage>> _deltas = new();
    private readonly Lazy<EncodedMessage> _whole = new(() =>
    {
        metrics.Encoded(UpdateKind.Whole);
        return new(new OperatorMessage { Update = DestinationCompiler.Whole(compiled) }, UpdateKind.Whole);
    });

    public CompiledDestination Compiled { get; } = compiled;

    public ulong Version => Compiled.Version;

    /// <summary>What of it a policy's status speaks of.</summary>
    public (Policy InForce, Policy? Shadow) Policies => (Compiled.Policy, Compiled.Shadow);

    public EncodedMessage Whole => _whole.Value;

    /// <summary>What takes a proxy from another version to this one.</summary>
    public EncodedMessage Since(DestinationVersion other) =>
        _deltas.GetOrAdd(other.Version, static (_, pair) => new Lazy<EncodedMessage>(() => pair.To.EncodeSince(pair.From)), (From: other, To: this)).Value;

    private EncodedMessage EncodeSince(DestinationVersion other)
    {
        var delta = DestinationCompiler.Delta(other.Compiled, Compiled);
        // Where most endpoints changed, the whole is shorter.
        if (delta.Endpoints.Count + delta.Removed.Count > Compiled.Endpoints.Length) return Whole;
        metrics.Encoded(UpdateKind.Delta);
        return new(new OperatorMessage { Update = delta }, UpdateKind.Delta);
    }
}
