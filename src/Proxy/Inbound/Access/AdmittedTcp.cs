using Mesh.Api.Authorization;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Inbound.Access;

/// <summary>
/// Lets connections through that are relayed to the application, and ends them when the rules change so that they may not be. Nothing
/// of them is read: what a policy says of requests lets none of them in, and refuses each of them.
/// </summary>
/// <param name="inner">Carries them.</param>
/// <param name="port">The application's.</param>
/// <param name="access">Decides.</param>
/// <param name="metrics">Counts what policies do.</param>
/// <param name="connections">Counts connections.</param>
/// <param name="logger">Where to say what was refused.</param>
internal sealed partial class AdmittedTcp(ITcpService inner, int port, PodAccess access, AccessMetrics metrics, ITcpMetrics connections, ILogger logger) : ITcpService
{
    public async Task ServeAsync(TcpSocket client, bool isSilent, SecuredSide? secured = null)
    {
        var rules = access.Authorizer;
        var request = new AccessRequest { Port = port, Caller = secured?.Peer.Id, Address = Caller.Of("", client.RemoteEndPoint.Address).Address };
        var decision = rules.Decide(request, metrics);
        if (!decision.IsAllowed)
        {
            Refuse(client, rules, request, decision);
            return;
        }
        using var _ = access.Watch(rules, now => now.Decide(request).IsAllowed, () => client.Loop.Post(client.Reset));
        await inner.ServeAsync(client, isSilent, secured);
    }

    // Who comes in is given no tunnels.
    public Task<Exception?> ServeTunnelAsync(TcpSocket client, Action<TcpSocket> opened) => throw new NotSupportedException();

    private void Refuse(TcpSocket client, Authorizer rules, in AccessRequest request, in AccessDecision decision)
    {
        metrics.Refused(port, decision);
        connections.Opened();
        LogRefused(ErrorDescription.Of(MeshErrorCode.Forbidden).Code, rules.Explain(request, decision).Sentence);
        client.Reset();
        connections.Closed("tcp", end: null, MeshErrorCode.Forbidden);
    }

    [LoggerMessage(LogLevel.Warning, "a connection ended with {Code}: {Detail}")]
    private partial void LogRefused(string code, string detail);
}
