using System.Text.Json;
using Mesh.Api.Authorization;
using Mesh.Api.Paths;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Inbound.Tokens;
using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Inbound.Access;

/// <summary>Lets requests through to the application, or says why not.</summary>
internal sealed class AccessGate(PodAccess access, TokenVerification tokens, AccessMetrics metrics)
{
    /// <summary>There is nothing to decide.</summary>
    public bool IsOpen => access.Authorizer.IsOpen;

    /// <summary>Decides on a request.</summary>
    /// <param name="context">Its tokens that were verified and are not for the application are taken off.</param>
    /// <param name="port">The application's.</param>
    /// <exception cref="MeshException">It is refused.</exception>
    /// <returns>What has a stream decided on again while it lasts; null for a request that is answered and done.</returns>
    public async ValueTask<AccessWatch?> AdmitAsync(HttpContext context, int port)
    {
        var rules = access.Authorizer;
        var path = PathOf(context, rules, port);
        var claims = rules.Issuers.Count == 0 ? [] : await tokens.VerifyAsync(context.Request, rules.Issuers, context.RequestAborted);
        var request = RequestOf(context, port, path, claims);
        var decision = rules.Decide(request, metrics);
        if (!decision.IsAllowed) throw Refusal(rules, request, decision);
        return IsStream(context) ? access.Watch(rules, now => now.Decide(request).IsAllowed, context.Abort) : null;
    }

    private static string PathOf(HttpContext context, Authorizer rules, int port)
    {
        var target = RequestTarget.PathAndQuery(RequestTarget.Of(context));
        if (RequestPath.TryNormalise(target, out var path, out var problem)) return path;
        return rules.ReadsPaths(port)
            ? throw new MeshException(MeshErrorCode.MalformedRequest, $"path: {problem}; a policy decides by the path here, which must have one reading")
            : "";
    }

    private static AccessRequest RequestOf(HttpContext context, int port, string path, IReadOnlyList<JsonElement> claims)
    {
        var caller = Caller.Of("", context.Features.Get<IHttpConnectionFeature>()?.RemoteIpAddress);
        return new()
        {
            Caller = context.Features.Get<VerifiedPeer>()?.Id,
            Address = caller.Address,
            Port = port,
            Request = new HttpTraits(context.Request, path, claims),
        };
    }

    private MeshException Refusal(Authorizer rules, in AccessRequest request, in AccessDecision decision)
    {
        metrics.Refused(request.Port, decision);
        var explanation = rules.Explain(request, decision);
        // Who proves no identity of this trust domain may be anyone: which policies there are is not for them.
        return new(MeshErrorCode.Forbidden, explanation.Sentence) { Access = explanation, IsTerse = request.Caller is null };
    }

    // What may last for days. All else is answered under the rules that it came in by.
    private static bool IsStream(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || GrpcCall.Is(context.Request)
        || context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
