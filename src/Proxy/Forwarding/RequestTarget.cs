using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Forwarding;

/// <summary>The target of a request as it came over the wire.</summary>
internal static class RequestTarget
{
    /// <summary>As it was sent: in origin-form, absolute-form, authority-form or asterisk-form.</summary>
    public static string Of(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    /// <summary>
    /// Path and query, byte for byte: neither decoded nor normalised, since what they mean is the application's business.
    /// </summary>
    /// <param name="rawTarget">Origin-form, absolute-form or asterisk-form: RFC 9112 section 3.2.</param>
    public static string PathAndQuery(string rawTarget)
    {
        if (rawTarget is ['/', ..]) return rawTarget;
        var scheme = rawTarget.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return "/";
        var path = rawTarget.AsSpan(scheme + 3).IndexOfAny('/', '?');
        if (path < 0) return "/";
        var rest = rawTarget[(scheme + 3 + path)..];
        return rest[0] is '/' ? rest : "/" + rest;
    }

    /// <summary>The host, and the port where it has one, of an absolute-form target; null for the other forms.</summary>
    public static string? Authority(string rawTarget)
    {
        var scheme = rawTarget is ['/', ..] ? -1 : rawTarget.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return null;
        var authority = rawTarget[(scheme + 3)..];
        var end = authority.AsSpan().IndexOfAny('/', '?');
        return end < 0 ? authority : authority[..end];
    }

    /// <summary>Whether a tunnel is asked for (CONNECT), and no WebSocket (extended CONNECT, RFC 8441).</summary>
    public static bool IsTunnel(HttpContext context) =>
        HttpMethods.IsConnect(context.Request.Method) && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true };

    /// <summary>Whether a client asks a proxy for a resource that is to be fetched over TLS.</summary>
    public static bool IsEncrypted(string rawTarget) => rawTarget.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
}
