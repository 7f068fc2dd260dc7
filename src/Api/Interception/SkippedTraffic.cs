using System.Net;

namespace Mesh.Api.Interception;

/// <summary>What a pod's annotations leave out of interception.</summary>
public sealed record SkippedTraffic
{
    /// <summary>Ports of others that are called directly.</summary>
    public IReadOnlyList<PortRange> OutboundPorts { get; private init; } = [];

    /// <summary>Addresses of others that are called directly.</summary>
    public IReadOnlyList<IPNetwork> OutboundCidrs { get; private init; } = [];

    /// <summary>Ports of the pod that are reached directly.</summary>
    public IReadOnlyList<PortRange> InboundPorts { get; private init; } = [];

    /// <summary>Addresses of others that reach the pod directly.</summary>
    public IReadOnlyList<IPNetwork> InboundCidrs { get; private init; } = [];

    /// <summary>Reads the pod's annotations; those that are absent skip nothing.</summary>
    /// <param name="annotation">The value of one annotation; null where the pod has none of that name.</param>
    /// <param name="skipped">What they say; what can't be read is left out.</param>
    /// <returns>Null, or what is wrong, naming the annotation, what was found and what was expected.</returns>
    public static string? Read(Func<string, string?> annotation, out SkippedTraffic skipped)
    {
        ArgumentNullException.ThrowIfNull(annotation);
        string? error = null;
        skipped = new()
        {
            OutboundPorts = Ports(InterceptionNames.SkipOutboundPorts),
            OutboundCidrs = Cidrs(InterceptionNames.SkipOutboundCidrs),
            InboundPorts = Ports(InterceptionNames.SkipInboundPorts),
            InboundCidrs = Cidrs(InterceptionNames.SkipInboundCidrs),
        };
        return error;

        List<PortRange> Ports(string name) => List(name, PortRange.Expected, (string text, out PortRange range) => PortRange.TryParse(text, out range));

        List<IPNetwork> Cidrs(string name) => List<IPNetwork>(name, AddressRange.Expected, AddressRange.TryParse);

        List<T> List<T>(string name, string expected, TryParse<T> tryParse)
        {
            var list = new List<T>();
            foreach (var text in (annotation(name) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (tryParse(text, out var value)) list.Add(value);
                else error ??= $"annotation {name} on the pod: found \"{text}\", expected {expected}";
            }
            return list;
        }
    }

    private delegate bool TryParse<T>(string text, out T value);
}
