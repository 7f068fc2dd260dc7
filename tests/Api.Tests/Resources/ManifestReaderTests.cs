using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

public sealed class ManifestReaderTests
{
    private const string Policy = """
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: catalog, namespace: shop}
        spec:
          targetRefs: [{group: "", kind: Service, name: catalog}]
          timeouts: {request: 2s, attempt: 500ms, connect: 1s}
          retries:
            attempts: 2                     # re-sends after the first try
            on: [ConnectFailure, RefusedStream, Reset, GatewayError, ServerError, AttemptTimeout]   # default: the first two
            methods: [GET, HEAD, OPTIONS]   # default: the idempotent ones
            backoff: {base: 25ms, max: 250ms}
            budget: {percent: 20, minPerSecond: 10}
          loadBalancer: {algorithm: PeakEwma}
        status: {conditions: []}
        """;

    [Fact]
    public void TrafficPolicy_IsRead()
    {
        var file = Read(Policy);

        Assert.Empty(file.Errors);
        Assert.True(file.IsComplete);
        var policy = Assert.IsType<TrafficPolicy>(Assert.Single(file.Objects));
        Assert.Equal("catalog", policy.Spec.TargetRefs[0].Name);
        Assert.Equal(TimeSpan.FromMilliseconds(500), policy.Spec.Timeouts?.Attempt?.Value);
        Assert.Equal(6, policy.Spec.Retries?.On?.Count);
        Assert.Equal(Algorithm.PeakEwma, policy.Spec.LoadBalancer?.Algorithm);
    }

    [Fact]
    public void WithoutNamespace_IsInDefault() =>
        Assert.Equal("default", Assert.Single(Read(Policy.Replace(", namespace: shop", "", StringComparison.Ordinal)).Objects).Namespace());

    [Theory]
    [InlineData("request: 2s", "request: 5x", "f.yaml:6: TrafficPolicy shop/catalog: spec.timeouts.request: found \"5x\", expected a duration such as 1s, 250ms or 1m30s")]
    [InlineData("attempt: 500ms", "attempt: 9s", "f.yaml:6: TrafficPolicy shop/catalog: spec.timeouts.attempt: found 9s, expected at most spec.timeouts.request (2s)")]
    [InlineData("attempts: 2 ", "attempts: two ", "f.yaml:8: TrafficPolicy shop/catalog: spec.retries.attempts: found \"two\", expected an integer")]
    [InlineData("attempts: 2 ", "attempts: 11 ", "f.yaml:8: TrafficPolicy shop/catalog: spec.retries.attempts: found 11, expected a number from 0 to 10")]
    [InlineData("attempts: 2 ", "tries: 2 ", "f.yaml:8: TrafficPolicy shop/catalog: spec.retries.tries: found an unknown field, expected one of attempts, backoff, budget, grpcCodes, methods, on, statusCodes, true")]
    [InlineData("kind: Service, name: catalog", "kind: Service", "f.yaml:5: TrafficPolicy shop/catalog: spec.targetRefs[0].name: found nothing, expected a string")]
    [InlineData("kind: TrafficPolicy", "kind: TrafficPolice", "f.yaml:2: kind: found TrafficPolice, expected TrafficPolicy, AuthorizationPolicy or MeshConfig")]
    [InlineData("v1alpha1", "v1", "f.yaml:1: TrafficPolicy shop/catalog: apiVersion: found mesh.io/v1, expected mesh.io/v1alpha1")]
    [InlineData("name: catalog, namespace", "nome: catalog, namespace", "f.yaml:3: TrafficPolicy: metadata.name: found nothing, expected the object's name")]
    [InlineData("algorithm: PeakEwma", "algorithm: Fastest", "f.yaml:13: TrafficPolicy shop/catalog: spec.loadBalancer.algorithm: found \"Fastest\", expected one of PeakEwma, LeastRequest, RoundRobin, Random, RingHash, Maglev")]
    [InlineData("base: 25ms", "base: 1m", "f.yaml:11: TrafficPolicy shop/catalog: spec.retries.backoff.base: found 1m, expected at most spec.retries.backoff.max (250ms)")]
    public void Mistake_IsToldWithLineAndPath(string from, string to, string error) =>
        Assert.Equal(error, Assert.Single(Read(Policy.Replace(from, to, StringComparison.Ordinal)).Errors).ToString());

    [Fact]
    public void UnquotedOn_IsReadAsKubectlWritesIt()
    {
        // kubectl turns the key on into "true" (YAML 1.1); kubectl get -o yaml prints that.
        var policy = Assert.IsType<TrafficPolicy>(Assert.Single(Read(Policy.Replace("on: [", "\"true\": [", StringComparison.Ordinal)).Objects));

        Assert.Equal(6, policy.Spec.Retries?.On?.Count);
        Assert.DoesNotContain("\"true\"", KubernetesJson.Serialize(policy), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryError_IsTold()
    {
        var file = Read("""
            apiVersion: mesh.io/v1alpha1
            kind: TrafficPolicy
            metadata: {name: a}
            spec:
              targetRefs: []
              timeouts:
                request: 1
                connect: fast
              retries: {methods: [get]}
            """);

        Assert.Equal(["spec.targetRefs", "spec.timeouts.request", "spec.timeouts.connect", "spec.retries.methods[0]"], file.Errors.Select(Path));
        Assert.Equal([5, 7, 8, 9], file.Errors.Select(e => e.Line));
        Assert.Equal([new("TrafficPolicy", "default", "a")], file.Refused);
    }

    [Fact]
    public void BuiltInKinds_AreRead()
    {
        var file = Read("""
            apiVersion: v1
            kind: Namespace
            metadata: {name: shop, annotations: {mesh.io/inject: "true"}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: catalog, namespace: shop, creationTimestamp: null}
            spec:
              ports: [{name: http, port: 80, targetPort: web}, {name: admin, port: 81, targetPort: 8081}]
            status: {loadBalancer: {}}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: catalog-1, namespace: shop, labels: {kubernetes.io/service-name: catalog}}
            addressType: IPv4
            endpoints: [{addresses: [127.0.1.1], conditions: {ready: true}, targetRef: {kind: Pod, namespace: shop, name: catalog-1}}]
            ports: [{name: http, port: 8080}]
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: catalog-1, namespace: shop, creationTimestamp: "2026-01-31T12:00:00Z"}
            spec:
              containers: [{name: catalog, image: catalog, resources: {limits: {cpu: 1, memory: 64Mi}}, ports: [{containerPort: 8080}]}]
            """);

        Assert.Empty(file.Errors);
        Assert.Equal([typeof(V1Namespace), typeof(V1Service), typeof(V1EndpointSlice), typeof(V1Pod)], file.Objects.Select(o => o.GetType()));
        var service = file.Objects.OfType<V1Service>().Single();
        Assert.Equal(("web", "8081"), (service.Spec.Ports[0].TargetPort.Value, service.Spec.Ports[1].TargetPort.Value));
        Assert.Equal("", ObjectKey.Of(file.Objects[0]).Namespace);
    }

    [Theory]
    [InlineData("kind: Service\nmetadata: {name: a, labels: {b: 1}}", "metadata.labels.b: found 1, expected a string")]
    [InlineData("kind: Service\nmetadata: {name: a}\nspec: {ports: [{port: http}]}", "spec.ports[0].port: found \"http\", expected an integer")]
    [InlineData("kind: Service\nmetadata: {name: a}\nspec: {ports: [{name: http}]}", "spec.ports[0].port: found nothing, expected an integer")]
    [InlineData("kind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80, targetPort: 1.5}]}", "spec.ports[0].targetPort: found 1.5, expected an integer or a string")]
    [InlineData("kind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80, target: 8080}]}", "spec.ports[0].target: found an unknown field, expected one of appProtocol, name, nodePort, port, protocol, targetPort")]
    [InlineData("kind: Service\nmetadata: {name: a, creationTimestamp: soon}", "metadata.creationTimestamp: found \"soon\", expected a time such as 2026-01-31T12:00:00Z")]
    [InlineData("kind: Namespace\nmetadata: {name: Shop}", "metadata.name: found \"Shop\", expected lower-case letters, digits, - and ., at most 253 characters")]
    [InlineData("kind: Service\nmetadata: {name: a, namespace: a.b}", "metadata.namespace: found \"a.b\", expected lower-case letters, digits and -, at most 63 characters")]
    [InlineData("kind: Service\nmetadata: {name: 5}", "metadata.name: found 5, expected the object's name")]
    [InlineData("kind: Service\nmetadata: []", "metadata: found a list, expected an object with a name")]
    [InlineData("kind: Service", "metadata: found nothing, expected an object with a name")]
    [InlineData("metadata: {name: a}", "kind: found nothing, expected the object's kind")]
    [InlineData("kind: [Service]", "kind: found a list, expected the object's kind")]
    public void MistakeInABuiltInKind_IsTold(string manifest, string message) =>
        Assert.Equal(message, Assert.Single(Read($"apiVersion: v1\n{manifest}\n").Errors).Message);

    [Theory]
    [InlineData("metadata: {name: a}", "apiVersion: found nothing, expected the kind's group and version")]
    [InlineData("[]", "found a list, expected an object with apiVersion, kind and metadata")]
    [InlineData("hello", "found \"hello\", expected an object with apiVersion, kind and metadata")]
    [InlineData("apiVersion: v1\nkind: List\nitems: {}", "items: found an object, expected a list")]
    [InlineData("apiVersion: v1\nkind: List", "items: found nothing, expected a list")]
    [InlineData("apiVersion: v1\nkind: List\nitems: [5]", "items[0]: found 5, expected an object with apiVersion, kind and metadata")]
    public void TextThatIsNoObject_IsTold(string text, string message)
    {
        var file = Read(text);

        Assert.Equal(message, Assert.Single(file.Errors).Message);
        Assert.False(file.IsComplete);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("---\n---\n")]
    [InlineData("\n\n---\n# none\n...\n")]
    public void EmptyText_HoldsNothing(string text)
    {
        var file = Read(text);

        Assert.Empty(file.Errors);
        Assert.Empty(file.Objects);
        Assert.True(file.IsComplete);
    }

    [Fact]
    public void OtherKinds_ArePassedOver()
    {
        var file = Read("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\nspec: 5\n");

        Assert.Empty(file.Errors);
        Assert.Equal([new("Deployment", "b", "a")], file.Ignored);
    }

    [Fact]
    public void List_HoldsObjects()
    {
        var file = Read("""
            apiVersion: v1
            kind: List
            items:
              - apiVersion: v1
                kind: Namespace
                metadata: {name: shop}
              - apiVersion: v1
                kind: Service
                metadata: {name: catalog}
                spec:
                  ports: [{port: none}]
            """);

        Assert.Equal("shop", Assert.Single(file.Objects).Name());
        Assert.Equal("f.yaml:11: Service default/catalog: spec.ports[0].port: found \"none\", expected an integer", Assert.Single(file.Errors).ToString());
    }

    [Fact]
    public void Json_IsYaml() =>
        Assert.IsType<V1Namespace>(Assert.Single(Read("""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}""").Objects));

    [Fact]
    public void ErrorInOneDocument_DoesNotCostTheNext()
    {
        var file = Read("%YAML 1.2\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\na: [\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n");

        Assert.Equal(["a", "b"], file.Objects.Select(o => o.Name()));
        Assert.InRange(Assert.Single(file.Errors).Line, 6, 8);
        Assert.False(file.IsComplete);
    }

    [Fact]
    public void RepeatedObject_IsRefusedAndTheFirstStands()
    {
        var file = Read("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");

        Assert.Single(file.Objects);
        Assert.Equal("f.yaml:7: Namespace a: metadata.name: found Namespace a a second time (first in line 1), expected each object once", Assert.Single(file.Errors).ToString());
    }

    [Fact]
    public void Lines_SayWhereEachObjectBegins()
    {
        var file = Read("# two\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: b}\n- apiVersion: v1\n  kind: Service\n  metadata: {name: c}\n  spec: 7\n");

        Assert.Equal([(new ObjectKey("Namespace", "", "a"), 3), (new("Namespace", "", "b"), 10), (new("Service", "default", "c"), 13)], file.Lines.Select(l => (l.Key, l.Value)).OrderBy(l => l.Value));
    }

    [Fact]
    public void WindowsLineEndings_MakeNoDifference() =>
        Assert.Empty(Read((Policy + "\n---\n" + Policy.Replace("name: catalog,", "name: other,", StringComparison.Ordinal)).Replace("\n", "\r\n", StringComparison.Ordinal)).Errors);

    [Fact]
    public void Samples_AreClean()
    {
        foreach (var sample in new[] { "trafficpolicy.yaml", "trafficpolicy-full.yaml", "meshconfig.yaml" })
        {
            var file = ManifestReader.Read(sample, Repository.Read("config", "samples", sample));
            Assert.Empty(file.Errors);
            Assert.Single(file.Objects);
        }
    }

    private static string Path(ManifestError error) => error.Message[..error.Message.IndexOf(": ", StringComparison.Ordinal)];

    private static ManifestFile Read(string text) => ManifestReader.Read("f.yaml", text);
}
