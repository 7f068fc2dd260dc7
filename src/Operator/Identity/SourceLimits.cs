using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Operator.Identity;

/// <summary>
/// What one address may cost. A pod has an address of its own, so a hostile one spends nobody else's share: before anything is read of
/// it, it is dropped.
/// </summary>
internal sealed class SourceLimits(IdentityLimits limits, TimeProvider time)
{
    private readonly TokenBuckets<IPAddress> _refusals = new(limits.RefusalsOfASource, limits.ForgivenASecond, limits.Remembered, time);
    private readonly TokenBuckets<IPAddress> _connections = new(limits.ConnectionsOfASource, limits.ConnectionsASecond, limits.Remembered, time);

    /// <summary>Whether it may ask for a certificate: it has not been refused too often.</summary>
    public bool MayAsk(IPAddress source) => _refusals.Has(source);

    /// <summary>One more of its requests was bad.</summary>
    public void Refused(IPAddress source) => _refusals.TryTake(source);

    /// <summary>Closes connections of an address that opens too many, before the handshake that each would cost.</summary>
    public ConnectionDelegate Limit(ConnectionDelegate next) => connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var source } || _connections.TryTake(source)) return next(connection);
        connection.Abort(new ConnectionAbortedException("too many connections of one address"));
        return Task.CompletedTask;
    };
}
