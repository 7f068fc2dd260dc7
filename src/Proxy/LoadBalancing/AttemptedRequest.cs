using System.Net;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>A request that knows the attempt that it is part of without a dictionary to look it up in.</summary>
internal abstract class AttemptedRequest : HttpRequestMessage
{
    protected AttemptedRequest(HttpMethod method)
        : base(method, requestUri: (Uri?)null)
    {
        Version = HttpVersion.Version11;
        VersionPolicy = HttpVersionPolicy.RequestVersionExact;
    }

    /// <summary>Null before an endpoint is picked.</summary>
    public Attempt? Attempt { get; set; }
}
