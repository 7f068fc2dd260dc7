using System.Net;
using Mesh.Proxy.Tests.Forwarding;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>What passes one proxy passes two of them, with mutual TLS and HTTP/2 between.</summary>
public sealed class SecuredStreamingTests : StreamingTests
{
    private protected override Task<Way> StartAsync(IPEndPoint application) => SecuredMesh.WayAsync(application);
}
