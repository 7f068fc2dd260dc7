namespace Mesh.Proxy.Outbound;

/// <summary>
/// What a proxy that its client has chosen owes to HTTP, and an interception proxy doesn't (RFC 9110 section 3.7): its entry in
/// Via, and the count of Max-Forwards. docs/decisions/via-where-chosen.md says why only there.
/// </summary>
internal static class ProxyHop
{
    private const string Pseudonym = "mesh";

    /// <summary>Enters the proxy into the Via of a request, and of its answer: RFC 9110 section 7.6.3.</summary>
    public static void Enter(HttpContext context)
    {
        var entry = (HttpProtocol.IsHttp2(context.Request.Protocol) ? "2 " : "1.1 ") + Pseudonym;
        var received = HttpProtocol.IsHttp10(context.Request.Protocol) ? "1.0 " + Pseudonym : entry;
        context.Request.Headers.Via = Append(context.Request.Headers.Via.ToString(), received);
        context.Response.OnStarting(static state =>
        {
            var (response, entry) = ((HttpResponse, string))state;
            response.Headers.Via = Append(response.Headers.Via.ToString(), entry);
            return Task.CompletedTask;
        }, (context.Response, entry));
    }

    /// <summary>Counts a request down that may be forwarded so many times only: RFC 9110 section 7.6.2.</summary>
    /// <returns>False where this is as far as it may come, so that it is answered here.</returns>
    public static bool MayGoFurther(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsOptions(request.Method) && !HttpMethods.IsTrace(request.Method)) return true;
        if (request.Headers.MaxForwards is not [{ } text] || !uint.TryParse(text, null, out var left)) return true;
        if (left is 0) return false;
        request.Headers.MaxForwards = (left - 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>Answers such a request: which methods there are is not this proxy's to say, nor does it reflect requests, which may hold secrets.</summary>
    public static Task AnswerAsync(HttpContext context)
    {
        context.Response.StatusCode = HttpMethods.IsTrace(context.Request.Method) ? StatusCodes.Status405MethodNotAllowed : StatusCodes.Status204NoContent;
        if (HttpMethods.IsTrace(context.Request.Method)) context.Response.Headers.Allow = HttpMethods.Options;
        return Task.CompletedTask;
    }

    private static string Append(string list, string entry) => list.Length is 0 ? entry : $"{list}, {entry}";
}
