using System.Net;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Tests.LoadBalancing;

internal static class Endpoints
{
    public static LiveEndpoint[] Create(int count, TimeProvider time, Func<LiveEndpoint, HttpMessageInvoker>? connect = null) =>
        [.. Enumerable.Range(1, count).Select(i => One(i, time, connect: connect))];

    public static LiveEndpoint One(
        int number, TimeProvider time, uint weight = 0, string zone = "", string[]? forZones = null, long since = LiveEndpoint.Always, Func<LiveEndpoint, HttpMessageInvoker>? connect = null)
    {
        var endpoint = new LiveEndpoint(
            new(new IPAddress([10, 0, (byte)(number / 256), (byte)number]), 80), "", connect ?? (_ => throw new InvalidOperationException("not to be connected to")), time, since);
        endpoint.Describe(new() { Weight = weight, Zone = zone, ForZones = { forZones ?? [] } });
        return endpoint;
    }

    public static void LeaseTimes(this LiveEndpoint endpoint, int times)
    {
        for (var i = 0; i < times; i++) Assert.True(endpoint.TryLease());
    }

    /// <summary>Picks where all weights are equal and the request has no key.</summary>
    public static LiveEndpoint Pick(this IEndpointPicker picker, LiveEndpoint[] endpoints, TimeProvider time) => picker.Pick(endpoints, new() { Now = time.GetTimestamp() });
}
