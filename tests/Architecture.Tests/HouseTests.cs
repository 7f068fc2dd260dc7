namespace Mesh.Architecture.Tests;

/// <summary>The house as docs/architecture.md draws it: which program may use which, which folder which, and what is pure.</summary>
public sealed class HouseTests
{
    private static readonly string[] Programs = ["mesh-operator", "mesh-proxy", "meshctl"];

    /// <summary>What a pure function has no business with: the disk, the network, the clock, hosting, logging, the cluster.</summary>
    private static readonly string[] Impure =
    [
        "System.IO.File", "System.IO.Directory", "System.IO.FileStream", "System.IO.FileSystemWatcher",
        "System.Net.Http.", "System.Net.Sockets.", "System.Diagnostics.Process", "System.Environment", "System.Console",
        "System.TimeProvider", "System.Random", "System.Threading.Tasks.", "System.Threading.Channels.", "System.Threading.Timer",
        "Microsoft.AspNetCore.", "Microsoft.Extensions.", "Grpc.", "k8s.Kubernetes", "k8s.IKubernetes", "k8s.Watcher", "k8s.GenericClient",
    ];

    [Theory]
    [InlineData("mesh-operator")]
    [InlineData("mesh-proxy")]
    [InlineData("meshctl")]
    public void Program_UsesNoOtherProgram(string program)
    {
        using var graph = CodeGraph.Of(program);
        Assert.Empty(graph.References.Intersect(Programs));
    }

    [Fact]
    public void Api_DoesNoInputOrOutputAndHostsNothing()
    {
        using var graph = CodeGraph.Of("Mesh.Api");
        string[] forbidden = ["System.IO.File", "System.IO.Directory", "System.Net.Http.", "System.Net.Sockets.", "Microsoft.AspNetCore.",
            "Microsoft.Extensions.Hosting.", "System.Console", "k8s.Kubernetes"];
        var uses = graph.UsesFrom(_ => true);
        Assert.DoesNotContain(uses, use => IsAny(use.Used, forbidden));
    }

    [Theory]
    [InlineData("Mesh.Api")]
    [InlineData("mesh-operator")]
    [InlineData("mesh-proxy")]
    [InlineData("meshctl")]
    public void Folders_FormNoCycle(string assembly)
    {
        using var graph = CodeGraph.Of(assembly);
        var arrows = graph.Arrows();
        var cycle = FindCycle(arrows.Keys.ToLookup(arrow => arrow.From, arrow => arrow.To));
        Assert.True(cycle is null, cycle is null ? null : "Folders use each other in a circle:\n" + string.Join('\n',
            cycle.Zip(cycle.Skip(1), (from, to) => $"  {from} -> {to}   ({arrows[(from, to)]})")));
    }

    [Fact]
    public void Compilation_IsPure()
    {
        using var graph = CodeGraph.Of("mesh-operator");
        var uses = graph.UsesFrom(type => type.Namespace == "Mesh.Operator.Compilation").ToList();
        Assert.NotEmpty(uses);
        Assert.DoesNotContain(uses, use => IsAny(use.Used, Impure));
    }

    [Fact]
    public void PodInjector_IsPure()
    {
        using var graph = CodeGraph.Of("Mesh.Api");
        var uses = graph.UsesFrom(type => type.Namespace == "Mesh.Api.Injection").ToList();
        Assert.NotEmpty(uses);
        Assert.DoesNotContain(uses, use => IsAny(use.Used, Impure));
    }

    [Fact]
    public void ResilienceAndBalancing_TakeTimeFromTheirConstructor()
    {
        using var graph = CodeGraph.Of("mesh-proxy");
        var uses = graph.UsesFrom(type => type.Namespace is "Mesh.Proxy.Resilience" or "Mesh.Proxy.LoadBalancing" or "Mesh.Proxy.CircuitBreaking").ToList();
        Assert.NotEmpty(uses);
        Assert.DoesNotContain(uses, use => use.Used is "System.DateTime" or "System.Diagnostics.Stopwatch" or "System.Environment");
    }

    [Fact]
    public void Folders_AreTheOnesDrawn()
    {
        string[] operatorFolders = ["Sources", "State", "Compilation", "Discovery", "Injection", "Reconciliation"];
        string[] proxyFolders = ["Listening", "Inbound", "Outbound", "Routing", "Resilience", "LoadBalancing", "Forwarding", "Discovery", "Telemetry", "Admin"];
        using var controlPlane = CodeGraph.Of("mesh-operator");
        using var dataPlane = CodeGraph.Of("mesh-proxy");
        Assert.Subset(controlPlane.Namespaces.ToHashSet(), operatorFolders.Select(folder => $"Mesh.Operator.{folder}").ToHashSet());
        Assert.Subset(dataPlane.Namespaces.ToHashSet(), proxyFolders.Select(folder => $"Mesh.Proxy.{folder}").ToHashSet());
    }

    private static bool IsAny(string used, string[] names) =>
        names.Any(name => name.EndsWith('.') ? used.StartsWith(name, StringComparison.Ordinal) : used == name);

    private static List<string>? FindCycle(ILookup<string, string> arrows)
    {
        var done = new HashSet<string>();
        var path = new List<string>();
        return arrows.Select(group => Visit(group.Key)).FirstOrDefault(cycle => cycle is not null);

        List<string>? Visit(string folder)
        {
            if (done.Contains(folder)) return null;
            var start = path.IndexOf(folder);
            if (start >= 0) return [.. path[start..], folder];
            path.Add(folder);
            var cycle = arrows[folder].Select(Visit).FirstOrDefault(found => found is not null);
            path.RemoveAt(path.Count - 1);
            done.Add(folder);
            return cycle;
        }
    }
}
