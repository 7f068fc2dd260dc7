using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Compilation;

public sealed class DestinationCompilerTests
{
    private static readonly DestinationName Catalog = new(Given.Name("shop/catalog"), 80);

    [Fact]
    public void SameContent_HasTheSameVersion()
    {
        var first = Compile(Given.Cluster(Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1"), Given.Endpoint("10.0.0.2"))));
        var second = Compile(Given.Cluster(
            Given.Slice("catalog", "z", "IPv4", Given.Endpoint("10.0.0.1")), Given.Slice("catalog", "a", "IPv4", Given.Endpoint("10.0.0.2")), Given.Service("catalog")));

        Assert.Equal(first.Version, second.Version);
        Assert.NotEqual(0ul, first.Version);
    }

    [Fact]
    public void OtherContent_HasAnotherVersion()
    {
        var versions = new[]
        {
            Given.Cluster(Given.Service("catalog")),
            Given.Cluster(Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1"))),
            Given.Cluster(Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a"))),
            Given.Cluster(Given.Service("catalog"), Given.Policy("p")),
            Given.Cluster(Given.Service("catalog"), Given.Policy("p", generation: 2)),
        }.Select(cluster => Compile(cluster).Version);

        Assert.Equal(5, versions.Distinct().Count());
    }

    [Fact]
    public void Sharing_TakesWhatIsTheSame_AndChangesNothing()
    {
        var before = Compile(Given.Cluster(Given.Service("catalog"), Given.Policy("p"), Given.Slice("catalog", Given.Endpoint("10.0.0.1"), Given.Endpoint("10.0.0.2"))));
        var after = Compile(Given.Cluster(Given.Service("catalog"), Given.Policy("p"), Given.Slice("catalog", Given.Endpoint("10.0.0.2"), Given.Endpoint("10.0.0.3"))));

        var shared = after.Sharing(before);

        Assert.Equal((after.Version, after.Policy, after.Shadow), (shared.Version, shared.Policy, shared.Shadow));
        Assert.Equal(after.Endpoints, shared.Endpoints);
        Assert.Same(before.Policy, shared.Policy);
        Assert.Same(before.Endpoints[1], shared.Endpoints[0]);
        Assert.Same(after.Endpoints[1], shared.Endpoints[1]);
    }

    [Fact]
    public void Delta_HasOnlyWhatChanged()
    {
        var before = Compile(Given.Cluster(
            Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1"), Given.Endpoint("10.0.0.2"), Given.Endpoint("10.0.0.3"))));
        var after = Compile(Given.Cluster(
            Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1"), Given.Endpoint("10.0.0.3", pod: "c"), Given.Endpoint("10.0.0.4"))));

        var delta = DestinationCompiler.Delta(before, after);

        Assert.Equal((before.Version, after.Version), (delta.BaseVersion, delta.Version));
        Assert.Null(delta.Policy);
        Assert.Equal(["10.0.0.3", "10.0.0.4"], delta.Endpoints.Select(e => e.Address));
        Assert.Equal(["10.0.0.2:8080"], delta.Removed);
    }

    [Fact]
    public void ShadowAndProtocol_AreInAWholeAndInADeltaOnlyWhereTheyChanged()
    {
        var tried = Given.Policy("tried", spec: s => s.Mode = PolicyMode.Shadow);
        var plain = Compile(Given.Cluster(Given.Service("catalog")));
        var shadowed = Compile(Given.Cluster(Given.Service("catalog"), tried));
        var grpc = Compile(Given.Cluster(Given.Service("catalog", portName: "grpc"), tried));

        Assert.Equal(["tried"], DestinationCompiler.Whole(shadowed).Shadow.Sources.Select(s => s.Name));
        Assert.Equal(AppProtocol.Http1, DestinationCompiler.Whole(shadowed).Protocol);
        Assert.Null(DestinationCompiler.Whole(plain).Shadow);
        Assert.Equal(["tried"], DestinationCompiler.Delta(plain, shadowed).Shadow.Sources.Select(s => s.Name));
        Assert.Equal(AppProtocol.Unspecified, DestinationCompiler.Delta(plain, shadowed).Protocol);
        Assert.Null(DestinationCompiler.Delta(plain, shadowed).Policy);
        Assert.Empty(DestinationCompiler.Delta(shadowed, plain).Shadow.Sources);
        Assert.Null(DestinationCompiler.Delta(shadowed, grpc).Shadow);
        Assert.Equal(AppProtocol.Http2, DestinationCompiler.Delta(shadowed, grpc).Protocol);
        Assert.Equal(3, new[] { plain, shadowed, grpc }.Select(compiled => compiled.Version).Distinct().Count());
    }

    [Fact]
    public void ServiceOrPortGone_CompilesToNothing()
    {
        Assert.Null(DestinationCompiler.Compile(Given.Cluster(), Catalog));
        Assert.Null(DestinationCompiler.Compile(Given.Cluster(Given.Service("catalog", port: 81)), Catalog));
    }

    private static CompiledDestination Compile(ClusterSnapshot cluster) => DestinationCompiler.Compile(cluster, Catalog)!;
}
