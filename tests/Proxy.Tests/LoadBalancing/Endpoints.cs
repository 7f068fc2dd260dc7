using System.Net;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Tests.LoadBalancing;

internal static class Endpoints
{
    public static LiveEndpoint[] Create(int count, TimeProvider time, Func<LiveEndpoint, HttpMessageInvoker>? connect = null) =>
        [.. Enumerable.Range(1, count).Select(i => new LiveEndpoint(
            new(new IPAddress([10, 0, 0, (byte)i]), 80), "", connect ?? (_ => throw new InvalidOperationException("not to be connected to")), time))];

    public static void LeaseTimes(this LiveEndpoint endpoint, int times)
    {
        for (var i = 0; i < times; i++) Assert.True(endpoint.TryLease());
    }
}
