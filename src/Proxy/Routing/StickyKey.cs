using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Routing;

/// <summary>What of a request decides where it goes, so that requests with the same go to the same endpoint: a header, a cookie, or the caller.</summary>
/// <param name="by">From the policy.</param>
/// <param name="proxy">This proxy's name: what an application that connects over loopback is told apart by from those beside other proxies.</param>
internal sealed class StickyKey(HashKey by, string proxy)
{
    /// <returns>Null where the policy says nothing, or the request has nothing of the kind: it may go anywhere.</returns>
    public static StickyKey? Of(LoadBalancer? balancer, string proxy) =>
        balancer is { Algorithm: LoadBalancerAlgorithm.RingHash or LoadBalancerAlgorithm.Maglev, Hash: { KeyCase: not HashKey.KeyOneofCase.None } by } ? new(by, proxy) : null;

    public ulong? Of(HttpRequestMessage request, Caller caller) => by.KeyCase switch
    {
        HashKey.KeyOneofCase.Header => HeaderOf(request),
        HashKey.KeyOneofCase.Cookie => CookieOf(request),
        _ => HashOf(caller.Address),
    };

    /// <summary>For what is no request, and has a caller at most.</summary>
    public ulong? Of(Caller caller) => by.KeyCase is HashKey.KeyOneofCase.Caller ? HashOf(caller.Address) : null;

    private ulong? HeaderOf(HttpRequestMessage request) =>
        MessageFields.TryGet(request, by.Header, out var values) ? HashTable.HashOf(MessageFields.Line(values)) : null;

    // RFC 6265 section 4.2.1; over HTTP/2 there may be a field for each pair (RFC 9113 section 8.2.3).
    private ulong? CookieOf(HttpRequestMessage request)
    {
        if (!MessageFields.TryGet(request, "Cookie", out var values)) return null;
        foreach (var value in values)
        {
            foreach (var range in value.AsSpan().Split(';'))
            {
                var pair = value.AsSpan(range).Trim();
                if (pair.Length > by.Cookie.Length && pair[by.Cookie.Length] == '=' && pair.StartsWith(by.Cookie, StringComparison.Ordinal))
                    return HashTable.HashOf(pair[(by.Cookie.Length + 1)..]);
            }
        }
        return null;
    }

    private ulong? HashOf(IPAddress? address)
    {
        if (address is null) return null;
        if (IPAddress.IsLoopback(address)) return HashTable.HashOf(proxy);
        Span<char> text = stackalloc char[64];
        return address.TryFormat(text, out var length) ? HashTable.HashOf(text[..length]) : null;
    }
}
