using System.Net;

namespace Mesh.Proxy.Listening;

/// <summary>A port that this proxy listens on, and what it does with the requests that arrive there.</summary>
/// <param name="name">For logs: <c>outbound</c>, <c>inbound</c>, <c>admin</c>, or the authority a port stands for.</param>
/// <param name="requested">Where to listen; port 0 takes a free one.</param>
/// <param name="handler">Answers every request that arrives here.</param>
internal sealed class Port(string name, IPEndPoint requested, RequestDelegate handler)
{
    public string Name { get; } = name;

    public IPEndPoint Requested { get; } = requested;

    /// <summary>Where it listens; null until it does.</summary>
    public IPEndPoint? Bound { get; set; }

    public RequestDelegate Handler { get; } = handler;
}
