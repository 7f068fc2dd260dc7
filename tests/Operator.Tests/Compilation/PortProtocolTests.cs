using k8s;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Tests.Compilation;

public sealed class PortProtocolTests
{
    [Theory]
    [InlineData(80, null, null, AppProtocol.Detect)]
    [InlineData(80, "http", null, AppProtocol.Http1)]
    [InlineData(80, "http-public", null, AppProtocol.Http1)]
    [InlineData(80, "http2-public", null, AppProtocol.Http2)]
    [InlineData(80, "grpc-public-2", null, AppProtocol.Http2)]
    [InlineData(80, "grpc-web", null, AppProtocol.Http1)]
    [InlineData(80, "grpcish", null, AppProtocol.Detect)]
    [InlineData(80, "tcp-db", null, AppProtocol.Opaque)]
    [InlineData(80, "tls-db", null, AppProtocol.Opaque)]
    [InlineData(443, "https", null, AppProtocol.Opaque)]
    [InlineData(80, "http", "kubernetes.io/h2c", AppProtocol.Http2)]
    [InlineData(80, "http", "GRPC", AppProtocol.Http2)]
    [InlineData(80, "grpc", "http", AppProtocol.Http1)]
    [InlineData(80, "tcp", "kubernetes.io/ws", AppProtocol.Http1)]
    [InlineData(80, "http", "kubernetes.io/wss", AppProtocol.Opaque)]
    [InlineData(80, "http", "tcp", AppProtocol.Opaque)]
    [InlineData(80, "http", "example.com/own", AppProtocol.Detect)]
    [InlineData(5432, null, null, AppProtocol.Opaque)]
    [InlineData(5432, "db", null, AppProtocol.Opaque)]
    [InlineData(5432, "http", null, AppProtocol.Http1)]
    [InlineData(5432, null, "example.com/own", AppProtocol.Detect)]
    public void Port_SpeaksWhatItsServiceSays(int number, string? name, string? appProtocol, AppProtocol expected)
    {
        var service = Given.Service("catalog", number, name);
        service.Spec.Ports[0].AppProtocol = appProtocol;

        Assert.Equal(expected, Of(service));
    }

    [Theory]
    [InlineData(25)]
    [InlineData(587)]
    [InlineData(3306)]
    [InlineData(4444)]
    [InlineData(5432)]
    [InlineData(6379)]
    [InlineData(9300)]
    [InlineData(11211)]
    public void WellKnownPortOfAServerThatSpeaksFirst_IsOpaque(int number)
    {
        Assert.Equal(AppProtocol.Opaque, Of(Given.Service("catalog", number, portName: null)));

        var behind = Given.Slice("catalog", Given.Endpoint("10.0.0.1"));
        behind.Ports = [new() { Port = number }];
        Assert.Equal(AppProtocol.Opaque, Of(Given.Service("catalog", portName: null), behind));
    }

    [Theory]
    [InlineData("80", true)]
    [InlineData("70, 75-85", true)]
    [InlineData("81,90-99,nonsense,-", false)]
    public void OpaquePortsOfTheService_AreItsOwn(string annotation, bool opaque)
    {
        var service = Given.Service("catalog");
        service.Metadata.Annotations = new Dictionary<string, string> { ["mesh.io/opaque-ports"] = annotation };

        Assert.Equal(opaque ? AppProtocol.Opaque : AppProtocol.Http1, Of(service));
    }

    [Theory]
    [InlineData("8080", "8080", true)]
    [InlineData("80", "8080", false)]
    [InlineData("8080", "15006", true)]
    public void OpaquePortsOfAPod_AreTheApplications(string annotation, string slicePort, bool opaque)
    {
        var pod = Given.Pod("a", "8080=15006");
        pod.Metadata.Annotations["mesh.io/opaque-ports"] = annotation;
        var slice = Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a"));
        slice.Ports[0].Port = int.Parse(slicePort);

        Assert.Equal(opaque ? AppProtocol.Opaque : AppProtocol.Http1, Of(Given.Service("catalog"), slice, pod));
    }

    private static AppProtocol Of(V1Service service, params IKubernetesObject<V1ObjectMeta>[] others) =>
        PortProtocol.Of(Given.Cluster([service, .. others]), Given.Name("shop/catalog"), service.Spec.Ports[0], default);
}
