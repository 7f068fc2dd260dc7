using System.Buffers;
using System.IO.Hashing;
using Google.Protobuf;
using Mesh.Api.Discovery;
using Mesh.Operator.State;
using Endpoint = Mesh.Api.Discovery.Endpoint;

namespace Mesh.Operator.Compilation;

/// <summary>From the cluster's state to what proxies get.</summary>
internal static class DestinationCompiler
{
    /// <summary>Compiles a destination; null where its service or port is gone.</summary>
    public static CompiledDestination? Compile(ClusterSnapshot cluster, DestinationName name)
    {
        if (!cluster.Services.TryGetValue(name.Service, out var service) || ServicePorts.Find(service, name.Port) is not { } port) return null;
        var compiled = new CompiledDestination(
            name,
            PolicyMerge.Merge(cluster, name.Service, name.ClientNamespace),
            PolicyMerge.MergeShadow(cluster, name.Service, name.ClientNamespace),
            PortProtocol.Of(cluster, name.Service, port, name.Scope),
            EndpointSelection.Select(cluster, name.Service, port, name.Scope),
            Version: 0);
        return compiled with { Version = Hash(Whole(compiled)) };
    }

    /// <summary>The destination whole, as the first update to a proxy says it.</summary>
    public static DestinationUpdate Whole(CompiledDestination destination) => new()
    {
        Destination = destination.Name.ToString(),
        Version = destination.Version,
        Policy = destination.Policy,
        Shadow = destination.Shadow,
        Protocol = destination.Protocol,
        Endpoints = { destination.Endpoints },
    };

    /// <summary>What takes a proxy from one version of a destination to another.</summary>
    public static DestinationUpdate Delta(CompiledDestination from, CompiledDestination to)
    {
        var before = from.Endpoints.ToDictionary(Key);
        var delta = new DestinationUpdate
        {
            Destination = to.Name.ToString(),
            BaseVersion = from.Version,
            Version = to.Version,
            Policy = from.Policy.Equals(to.Policy) ? null : to.Policy,
            // Without sources: there is none any more.
            Shadow = Equals(from.Shadow, to.Shadow) ? null : to.Shadow ?? new(),
            Protocol = from.Protocol == to.Protocol ? AppProtocol.Unspecified : to.Protocol,
        };
        foreach (var endpoint in to.Endpoints)
        {
            if (!before.Remove(Key(endpoint), out var known) || !known.Equals(endpoint)) delta.Endpoints.Add(endpoint);
        }
        delta.Removed.AddRange(before.Keys.Order(StringComparer.Ordinal));
        return delta;
    }

    private static string Key(Endpoint endpoint) => Authority.EndpointKey(endpoint.Address, (int)endpoint.Port);

    // Protobuf writes messages without maps the same way every time, so equal content gives equal bytes on every replica.
    private static ulong Hash(DestinationUpdate content)
    {
        var size = content.CalculateSize();
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var bytes = buffer.AsSpan(0, size);
            content.WriteTo(bytes);
            // 0 says "nothing known" on the wire.
            return XxHash64.HashToUInt64(bytes) is not 0 and var hash ? hash : 1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
