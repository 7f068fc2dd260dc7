using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Mesh.Api.Discovery;
using Mesh.Scale.Cluster;

namespace Mesh.Scale.Proxies;

/// <summary>What a sidecar says to the operator, and no more: it subscribes, keeps versions, acknowledges.</summary>
internal sealed class SimulatedProxy(SimulatedService home, int pod, IEnumerable<SimulatedService> calls, Crowd crowd)
{
    private const int MessageHead = 5;

    private readonly SimulatedSubscription[] _subscriptions =
        [new("inbound:8080"u8.ToArray(), null), .. calls.Select(service => new SimulatedSubscription(Encoding.UTF8.GetBytes($"{service.Name}.{service.Namespace}:80"), service))];

    private byte[] _partial = [];
    private bool _knowsWorkload;
    private bool _isServed;

    public IEnumerable<SimulatedSubscription> Subscriptions => _subscriptions;

    /// <summary>Says hello on a new stream, and subscribes to everything at once.</summary>
    public void Open(int stream, FrameWriter output)
    {
        (_partial, _knowsWorkload, _isServed) = ([], false, false);
        var self = home.Pods[pod];
        output.Message(stream, new ProxyMessage { Hello = new() { Proxy = self.Name, Namespace = home.Namespace, Node = self.Node, Version = "scale" } }.ToByteArray());
        foreach (var subscription in _subscriptions)
        {
            subscription.IsResolved = false;
            output.Message(stream, new ProxyMessage
            {
                Subscribe = new()
                {
                    Authority = Encoding.UTF8.GetString(subscription.Authority),
                    KnownDestination = subscription.Version == 0 ? "" : Encoding.UTF8.GetString(subscription.Destination),
                    KnownVersion = subscription.Version,
                },
            }.ToByteArray());
        }
    }

    /// <summary>As a pod that was just created.</summary>
    public void Forget()
    {
        foreach (var subscription in _subscriptions) (subscription.Destination, subscription.Version) = ([], 0);
    }

    /// <summary>Takes a DATA frame's payload; acknowledgements go to the output.</summary>
    public void Receive(int stream, ReadOnlySpan<byte> data, FrameWriter output)
    {
        if (_partial.Length > 0) data = (byte[])[.. _partial, .. data];
        while (data.Length >= MessageHead && BinaryPrimitives.ReadInt32BigEndian(data[1..]) is var length && data.Length >= MessageHead + length)
        {
            Handle(stream, data.Slice(MessageHead, length), output);
            data = data[(MessageHead + length)..];
        }
        _partial = data.IsEmpty ? [] : data.ToArray();
    }

    private void Handle(int stream, ReadOnlySpan<byte> message, FrameWriter output)
    {
        var fields = new FieldReader(message);
        if (!fields.Read()) return;
        switch (fields.Field)
        {
            case OperatorMessage.ResolutionFieldNumber:
                Resolve(fields.Bytes);
                break;
            case OperatorMessage.UpdateFieldNumber:
                Update(stream, fields.Bytes, output);
                break;
            case OperatorMessage.WorkloadFieldNumber:
                _knowsWorkload = true;
                output.Acknowledge(stream, "workload"u8, VersionOf(fields.Bytes));
                break;
        }
        if (_isServed || !_knowsWorkload || !Array.TrueForAll(_subscriptions, subscription => subscription.IsServed)) return;
        _isServed = true;
        crowd.Served(Stopwatch.GetTimestamp());
    }

    private void Resolve(ReadOnlySpan<byte> resolution)
    {
        SimulatedSubscription? subscription = null;
        ReadOnlySpan<byte> destination = [];
        for (var fields = new FieldReader(resolution); fields.Read();)
        {
            if (fields.Field == Resolution.AuthorityFieldNumber) subscription = Find(fields.Bytes, static known => known.Authority);
            else if (fields.Field == Resolution.DestinationFieldNumber) destination = fields.Bytes;
        }
        // A pod's own side stands for nothing until its slice names it; the operator says so when it does.
        if (subscription is null || destination.IsEmpty) return;
        subscription.IsResolved = true;
        if (!destination.SequenceEqual(subscription.Destination)) (subscription.Destination, subscription.Version) = (destination.ToArray(), 0);
    }

    private void Update(int stream, ReadOnlySpan<byte> update, FrameWriter output)
    {
        SimulatedSubscription? subscription = null;
        var (from, version, newest) = (0UL, 0UL, 0u);
        for (var fields = new FieldReader(update); fields.Read();)
        {
            switch (fields.Field)
            {
                case DestinationUpdate.DestinationFieldNumber:
                    subscription = Find(fields.Bytes, static known => known.Destination);
                    break;
                case DestinationUpdate.BaseVersionFieldNumber:
                    from = fields.Number;
                    break;
                case DestinationUpdate.VersionFieldNumber:
                    version = fields.Number;
                    break;
                case DestinationUpdate.EndpointsFieldNumber:
                    newest = Math.Max(newest, AddressOf(fields.Bytes));
                    break;
            }
        }
        if (subscription is null) return;
        if (from != 0 && from != subscription.Version) crowd.FoundBrokenDelta();
        subscription.Version = version;
        output.Acknowledge(stream, subscription.Destination, version);
        crowd.Updated(isDelta: from != 0);
        if (newest <= subscription.Newest) return;
        crowd.Acknowledged(subscription, newest);
        subscription.Newest = newest;
    }

    private SimulatedSubscription? Find(ReadOnlySpan<byte> text, Func<SimulatedSubscription, byte[]> by)
    {
        foreach (var subscription in _subscriptions)
        {
            if (text.SequenceEqual(by(subscription))) return subscription;
        }
        return null;
    }

    private static ulong VersionOf(ReadOnlySpan<byte> workload)
    {
        for (var fields = new FieldReader(workload); fields.Read();)
        {
            if (fields.Field == WorkloadUpdate.VersionFieldNumber) return fields.Number;
        }
        return 0;
    }

    private static uint AddressOf(ReadOnlySpan<byte> endpoint)
    {
        for (var fields = new FieldReader(endpoint); fields.Read();)
        {
            if (fields.Field != Api.Discovery.Endpoint.AddressFieldNumber) continue;
            var address = 0u;
            foreach (var part in fields.Bytes.Split((byte)'.')) address = (address << 8) | byte.Parse(fields.Bytes[part], CultureInfo.InvariantCulture);
            return address;
        }
        return 0;
    }
}
