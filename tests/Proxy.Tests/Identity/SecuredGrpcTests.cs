using System.Net;
using Mesh.Proxy.Tests.Forwarding;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>gRPC through two sidecars, with mutual TLS between.</summary>
public sealed class SecuredGrpcTests : GrpcTests
{
    private protected override Task<Way> StartAsync(IPEndPoint application) => SecuredMesh.WayAsync(application);
}
