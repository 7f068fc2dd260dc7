using System.Collections.Concurrent;
using Mesh.KubeApi.Authorization;
using Mesh.KubeApi.Discovery;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.OpenApi;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Tokens;

namespace Mesh.KubeApi.Serving;

/// <summary>
/// Every request's way: recorded, authenticated, authorized, then answered from discovery, from OpenAPI or from a resource; refusals become
/// Status objects.
/// </summary>
internal sealed class ApiPipeline(
    string token, Authorizer authorizer, ResourceRegistry registry, DiscoveryEndpoint discovery, OpenApiEndpoint openApi, TokenEndpoint tokens, ResourceEndpoint resources)
{
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();

    public IReadOnlyCollection<RecordedRequest> Requests => _requests;

    public async Task ServeAsync(HttpContext http)
    {
        var request = http.Request;
        _requests.Enqueue(new(request.Method, request.Path, request.QueryString.Value ?? "", request.Headers.UserAgent.ToString()));
        try
        {
            await DispatchAsync(http);
        }
        catch (ApiException refusal) when (!http.Response.HasStarted)
        {
            await ResponseBody.WriteAsync(http, refusal.ToStatus(), refusal.Code);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone.
        }
        catch (Exception failure) when (!http.Response.HasStarted)
        {
            // The client is a test: it shows what went wrong here.
            var refusal = ApiException.InternalError(failure.ToString());
            await ResponseBody.WriteAsync(http, refusal.ToStatus(), refusal.Code);
        }
    }

    private async Task DispatchAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path is "/healthz" or "/readyz" or "/livez")
        {
            await http.Response.WriteAsync("ok", http.RequestAborted);
            return;
        }

        var user = Authenticate(http.Request.Headers.Authorization.ToString()) ?? throw ApiException.Unauthorized();
        http.Features.Set(user);
        authorizer.Demand(user, RequestAttributes.Of(http.Request));
        if (HttpMethods.IsGet(http.Request.Method) && (discovery.Find(path) ?? openApi.Find(path)) is { } document)
        {
            await ResponseBody.WriteAsync(http, document);
            return;
        }

        if (await tokens.TryServeAsync(http) || await AccessReview.TryServeAsync(http, authorizer)) return;
        await resources.ServeAsync(RequestPath.Resolve(http, registry) ?? throw ApiException.NoSuchPath());
    }

    private User? Authenticate(string authorization) =>
        !authorization.StartsWith("Bearer ", StringComparison.Ordinal) ? null
        : authorization["Bearer ".Length..] is var bearer && bearer == token ? User.Administrator
        : tokens.Authenticate(bearer);
}
