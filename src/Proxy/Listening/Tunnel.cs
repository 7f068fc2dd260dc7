using Mesh.Api.Discovery;

namespace Mesh.Proxy.Listening;

/// <summary>The tunnel that a connection began by asking for: a feature of those that go on as HTTP.</summary>
/// <param name="target">Where it leads, or would have led.</param>
/// <param name="refusal">Why it isn't open; null where it is, and speaks HTTP inside.</param>
internal sealed class Tunnel(Authority target, Exception? refusal)
{
    public Authority Target { get; } = target;

    public Exception? Refusal { get; } = refusal;
}
