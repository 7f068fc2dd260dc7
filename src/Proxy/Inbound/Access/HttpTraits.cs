using System.Text.Json;
using Mesh.Api.Authorization;

namespace Mesh.Proxy.Inbound.Access;

/// <summary>What rules ask of an HTTP request.</summary>
/// <param name="request">The request.</param>
/// <param name="path">Its one reading; empty where it has none, and then no rule that is in force asks for it.</param>
/// <param name="claims">Of the tokens that were verified.</param>
internal sealed class HttpTraits(HttpRequest request, string path, IReadOnlyList<JsonElement> claims) : RequestTraits
{
    public override string Method => request.Method;

    public override string Path => path;

    public override string Host => request.Host.Value ?? "";

    public override bool HasHeader(string name, ValuePatterns values)
    {
        if (!request.Headers.TryGetValue(name, out var found)) return false;
        foreach (var value in found)
        {
            if (values.Match(value)) return true;
        }
        return false;
    }

    public override bool HasClaim(ClaimName name, ValuePatterns values)
    {
        foreach (var token in claims)
        {
            if (name.IsIn(token, values)) return true;
        }
        return false;
    }
}
