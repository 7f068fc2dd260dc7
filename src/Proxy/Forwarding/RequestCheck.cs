using System.Buffers;
using System.Text;
using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Refuses what two readers could read differently, before anything of it is forwarded.</summary>
internal static class RequestCheck
{
    // The same as over HTTP/1.1: RFC 9113 section 8.3.1 lets a :path be no more than RFC 3986 does.
    private static readonly SearchValues<char> Target = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(letter => letter is not '#')]);

    // RFC 9110 section 5.6.2.
    private static readonly SearchValues<char> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // Those that the way there knows in capitals only, and would put into them.
    private static readonly SearchValues<string> KnownMethods = SearchValues.Create(
        ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Why a request is refused whose head has been read; null where it is not.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">What it asks for, as it was sent.</param>
    public static MeshException? Refusal(HttpContext context, string target)
    {
        var method = context.Request.Method;
        if (IsMisspelt(method)) return new(MeshErrorCode.MalformedRequest, $"method: found '{method}', expected capitals: readers differ over whether it is {method.ToUpperInvariant()} (RFC 9110 section 9.1)");
        if (target is "*") return new(MeshErrorCode.UnsupportedTarget, $"{method} *: found no path");
        return HttpProtocol.IsHttp2(context.Request.Protocol) ? RefusalOfHttp2(context, target) : null;
    }

    /// <summary>Why what a client sent never became a request.</summary>
    public static MeshException Refusal(MalformedRequest refused) => new(CodeOf(refused.Fault), refused.Detail);

    /// <summary>Why a request's body was cut short here; null where it was not.</summary>
    public static Failure? BrokenBody(HttpContext context) =>
        context.Features.Get<GuardedInput>()?.Refused is { } refused ? Failure.Of(Refusal(refused)) : null;

    private static bool IsMisspelt(string method) => method.AsSpan().ContainsAnyInRange('a', 'z') && KnownMethods.Contains(method);

    private static MeshException? RefusalOfHttp2(HttpContext context, string target)
    {
        if (target.AsSpan().ContainsAnyExcept(Target)) return new(MeshErrorCode.MalformedRequest, ":path: found characters beyond those of RFC 3986, or '#'");
        foreach (var (name, _) in context.Request.Headers)
        {
            if (name.AsSpan().ContainsAnyExcept(Token)) return new(MeshErrorCode.MalformedRequest, "header: found a name that is no token (RFC 9110 section 5.1)");
            if (HeaderHygiene.OfConnection.Contains(name)) return new(MeshErrorCode.MalformedRequest, $"{name}: found in HTTP/2, which has no fields of the connection (RFC 9113 section 8.2.2)");
        }
        var host = context.Request.Headers.Host;
        return host is [{ } only] && HostText.IsValid(Encoding.Latin1.GetBytes(only))
            ? null
            : new(MeshErrorCode.MalformedRequest, $":authority: found '{host}', expected a name or an address, with or without a port");
    }

    private static MeshErrorCode CodeOf(HeadFault fault) => fault switch
    {
        HeadFault.TargetTooLong => MeshErrorCode.TargetTooLong,
        HeadFault.HeaderTooLarge => MeshErrorCode.HeaderTooLarge,
        HeadFault.UnsupportedCoding => MeshErrorCode.UnsupportedTransferCoding,
        HeadFault.UnsupportedVersion => MeshErrorCode.UnsupportedVersion,
        HeadFault.TooSlow => MeshErrorCode.HeadTimeout,
        _ => MeshErrorCode.MalformedRequest,
    };
}
