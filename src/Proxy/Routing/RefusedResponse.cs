using System.Net;

namespace Mesh.Proxy.Routing;

/// <summary>
/// A request that a handler ends without sending it, as a response: under overload many are ended so, and a throw through every
/// layer would cost as much as sending them. The edge tells the client why; of the message itself only the header fields go out.
/// </summary>
internal sealed class RefusedResponse : HttpResponseMessage
{
    public RefusedResponse(MeshException reason, HttpRequestMessage request)
        : base(HttpStatusCode.ServiceUnavailable)
    {
        Reason = reason;
        RequestMessage = request;
        Version = request.Version;
    }

    public MeshException Reason { get; }

    public void CopyFieldsTo(IHeaderDictionary headers)
    {
        foreach (var (name, values) in Headers.NonValidated) headers.Append(name, values.ToString());
    }
}
