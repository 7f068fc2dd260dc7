using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Where a request goes next, as far as forwarding it is concerned.</summary>
/// <param name="Name">For errors: the destination's name, the host passed through to, or the application's address.</param>
/// <param name="UriPrefix">Scheme and authority that requests carry on the way to <paramref name="Invoker"/>: <c>http://mesh</c>.</param>
/// <param name="Invoker">Sends them.</param>
/// <param name="Destination">Null where it is none that the mesh knows.</param>
/// <param name="Metrics">Counts them.</param>
internal sealed record Upstream(string Name, string UriPrefix, HttpMessageInvoker Invoker, Destination? Destination, IRequestMetrics Metrics)
{
    public const string DestinationUriPrefix = "http://mesh";
}
