using System.Net;
using Mesh.Proxy.Listening.Wire;

namespace Mesh.Proxy.Listening;

/// <summary>A port that this proxy listens on, and what it does with what arrives there.</summary>
/// <param name="name">For logs: <c>outbound</c>, <c>inbound</c>, <c>admin</c>, or the authority a port stands for.</param>
/// <param name="requested">Where to listen; port 0 takes a free one.</param>
/// <param name="handler">Answers every HTTP request that arrives here.</param>
/// <param name="routing">Decides what becomes of each connection. Default: HTTP only.</param>
internal sealed class Port(string name, IPEndPoint requested, RequestDelegate handler, ConnectionRouting? routing = null)
{
    private static readonly ConnectionRouting HttpOnly = static (_, _) => new(ConnectionPlan.HttpOnly);

    private int _openConnections;
    private readonly long[] _refusedConnections = new long[Enum.GetValues<ConnectionRefusal>().Length];

    public string Name { get; } = name;

    public IPEndPoint Requested { get; } = requested;

    /// <summary>The port is for what this host may not have, such as IPv6: where it can't be listened on, the proxy does without.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Who comes in here is told when this proxy is about to go.</summary>
    public bool IsInbound { get; init; }

    /// <summary>Its requests in HTTP/1 are served on the event loops' threads. Not for what takes long: a loop has other connections to see to.</summary>
    public bool StaysOnLoop { get; init; }

    /// <summary>What those who come in have to prove. Default: nothing.</summary>
    public IPortSecurity? Security { get; init; }

    /// <summary>Connections at a time; what exceeds them is reset. Default: no limit.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>Where it listens; null until it does.</summary>
    public IPEndPoint? Bound { get; set; }

    /// <summary>This proxy is about to go: each connection is let finish what it has begun, and takes no further request.</summary>
    public bool IsLeaving { get; set; }

    public RequestDelegate Handler { get; } = handler;

    /// <summary>Answers what never became a request. Default: in plain text.</summary>
    public Func<HttpContext, MalformedRequest, Task> AnswerMalformed { get; init; } = static (context, malformed) => malformed.AnswerAsync(context);

    public ConnectionRouting Routing { get; } = routing ?? HttpOnly;

    public int OpenConnections => Volatile.Read(ref _openConnections);

    public long RefusedConnections(ConnectionRefusal refusal) => Volatile.Read(ref _refusedConnections[(int)refusal]);

    /// <returns>False where there are too many already. Each success is paired with a <see cref="Leave"/>.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _openConnections) <= MaxConnections) return true;
        Leave();
        Refuse(ConnectionRefusal.TooMany);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _openConnections);

    public void Refuse(ConnectionRefusal refusal) => Interlocked.Increment(ref _refusedConnections[(int)refusal]);
}
