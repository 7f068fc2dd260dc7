namespace Mesh.Proxy.Listening.Wire;

/// <summary>A request that is refused for its bytes.</summary>
/// <param name="Fault">What kind of fault it is.</param>
/// <param name="Detail">What was found and what was expected; says nothing but what the client sent.</param>
internal sealed record MalformedRequest(HeadFault Fault, string Detail)
{
    private int Status => Fault switch
    {
        HeadFault.TargetTooLong => StatusCodes.Status414UriTooLong,
        HeadFault.HeaderTooLarge => StatusCodes.Status431RequestHeaderFieldsTooLarge,
        HeadFault.UnsupportedCoding => StatusCodes.Status501NotImplemented,
        HeadFault.UnsupportedVersion => StatusCodes.Status505HttpVersionNotsupported,
        HeadFault.TooSlow => StatusCodes.Status408RequestTimeout,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>Tells the client what was wrong, where a port has no answer of its own.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        return context.Response.WriteAsync(Detail + "\n", context.RequestAborted);
    }
}
