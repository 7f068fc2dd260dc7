using System.Globalization;
using BenchmarkDotNet.Attributes;
using k8s.Models;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Micro.Benchmarks;

/// <summary>What the operator does for one change, in clusters of two sizes: it should not depend on them.</summary>
public class Compilation
{
    private const int EndpointsOfEach = 20;

    private static readonly DestinationName Destination = new(new NamespacedName("shop", "service-0"), 80);

    private ClusterState _state = new();
    private CompiledDestination? _before;
    private CompiledDestination? _after;
    private int _changes;

    [Params(100, 1000)]
    public int Services { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _state = new();
        _state.Post([.. ResourceKinds.All.Select(kind => new ResourceChange.ReplaceAll(kind, []))]);
        _state.Post([.. Enumerable.Range(0, Services).SelectMany(i => (ResourceChange[])[new ResourceChange.Upsert(Service(i)), new ResourceChange.Upsert(Slice(i, version: 0))])]);
        _before = Compile();
        ChangeOneEndpoint();
        _after = Compile();
    }

    [Benchmark(Description = "take in a change of one endpoint")]
    public void ChangeOneEndpoint() => _state.Post(new ResourceChange.Upsert(Slice(0, ++_changes)));

    [Benchmark(Description = "compile a destination of 20 endpoints")]
    public object CompileOne() => Compile();

    [Benchmark(Description = "tell what changed between two")]
    public object Delta() => DestinationCompiler.Delta(_before!, _after!);

    private CompiledDestination Compile() => DestinationCompiler.Compile(_state.Current, Destination)!;

    private static V1Service Service(int number) => new()
    {
        Metadata = new() { Name = NameOf(number), NamespaceProperty = "shop", ResourceVersion = "1" },
        Spec = new() { ClusterIP = $"10.1.{number / 250}.{number % 250 + 1}", ClusterIPs = [$"10.1.{number / 250}.{number % 250 + 1}"], Ports = [new() { Name = "http", Port = 80 }] },
    };

    private static V1EndpointSlice Slice(int service, int version) => new()
    {
        Metadata = new()
        {
            Name = NameOf(service),
            NamespaceProperty = "shop",
            ResourceVersion = version.ToString(CultureInfo.InvariantCulture),
            Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = NameOf(service) },
        },
        AddressType = "IPv4",
        Ports = [new() { Name = "http", Port = 8080 }],
        Endpoints = [.. Enumerable.Range(0, EndpointsOfEach).Select(i => Endpoint(service, i, ready: i > 0 || version % 2 == 0))],
    };

    private static V1Endpoint Endpoint(int service, int number, bool ready) => new()
    {
        Addresses = [$"10.{2 + number}.{service / 250}.{service % 250 + 1}"],
        Conditions = new() { Ready = ready, Serving = ready },
    };

    private static string NameOf(int service) => $"service-{service}";
}
