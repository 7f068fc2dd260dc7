using Mesh.Proxy.Listening.Wire;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Listening;

/// <summary>What one request after the other of a connection is served with. What belongs to the connection is looked up once.</summary>
/// <param name="features">Of the first request, and so of its connection.</param>
internal sealed class PortContext(IFeatureCollection features)
{
    public DefaultHttpContext Http { get; } = new(features);

    public Port Port { get; } = features.GetRequiredFeature<Port>();

    /// <summary>Null where it isn't HTTP/1.</summary>
    public GuardedInput? Input { get; } = features.Get<GuardedInput>();
}
