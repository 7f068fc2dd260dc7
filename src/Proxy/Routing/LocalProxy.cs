using Mesh.Proxy.Identity;

namespace Mesh.Proxy.Routing;

/// <summary>What routing and balancing know of this proxy itself.</summary>
/// <param name="Name">Unique among running proxies.</param>
/// <param name="Zone">Where it runs; empty where that is not known.</param>
internal sealed record LocalProxy(string Name, string Zone)
{
    public static readonly LocalProxy Unknown = new("", "");

    /// <summary>Who the application beside it is: <c>namespace/service-account</c>.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Where it runs.</summary>
    public string Namespace => Identity.Split('/')[0];

    /// <summary>
    /// Its pod, <c>namespace/name</c>, where the pod's connections are intercepted: what this proxy sends to its own pod comes to the
    /// application directly, since its own connections are left alone. Null where they aren't.
    /// </summary>
    public string? InterceptedPod { get; init; }

    /// <summary>What it proves that with.</summary>
    public CredentialStore Credentials { get; init; } = CredentialStore.None;
}
