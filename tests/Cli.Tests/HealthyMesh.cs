using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;
using Mesh.Cli.Installation;

namespace Mesh.Cli.Tests;

/// <summary>A cluster as it is after an installation that went well, with two meshed pods.</summary>
internal static class HealthyMesh
{
    public static DateTimeOffset Now { get; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static Version Version { get; } = new(0, 1, 0);

    public static FakeCluster Create()
    {
        var cluster = new FakeCluster();
        cluster.Objects.AddRange(MeshManifests.Of(new() { Namespace = "mesh-system" }));
        foreach (var definition in cluster.List("customresourcedefinitions"))
            definition["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Established", ["status"] = "True" }) };
        cluster["deployment", "mesh-operator"]["status"] = new JsonObject { ["readyReplicas"] = 1 };
        cluster.Add(Running);
        Renew(cluster, Now.AddDays(300));
        return cluster;
    }

    /// <summary>Certificates of the webhook and of the mesh that end then.</summary>
    public static void Renew(FakeCluster cluster, DateTimeOffset end)
    {
        var pem = Certificate(end);
        var base64 = Convert.ToBase64String(Encoding.ASCII.GetBytes(pem));
        cluster.Objects.RemoveAll(o => o.Text("kind") is "Secret" or "ConfigMap");
        cluster.Objects.Add(Object("Secret", "mesh-webhook-certificate", new() { ["tls.crt"] = base64, ["ca.crt"] = base64 }));
        cluster.Objects.Add(Object("ConfigMap", "mesh-trust-anchors", new() { ["ca.crt"] = pem, ["issuer.crt"] = pem }));
        foreach (var webhook in cluster.Objects.Where(o => o.Text("kind").EndsWith("WebhookConfiguration", StringComparison.Ordinal)).SelectMany(o => o.Objects("webhooks")))
            webhook["clientConfig"]!["caBundle"] = base64;
    }

    /// <summary>An issuer of that life, and what leads from it to an anchor.</summary>
    public static void RenewIssuer(FakeCluster cluster, DateTimeOffset begin, DateTimeOffset end) =>
        cluster["configmap", "mesh-trust-anchors"]["data"]!["issuer.crt"] = $"{Certificate(end, begin)}\n{Certificate(Now.AddDays(300))}";

    private static JsonObject Object(string kind, string name, JsonObject data) =>
        new() { ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "mesh-system" }, ["data"] = data };

    private static string Certificate(DateTimeOffset end, DateTimeOffset? begin = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(begin ?? Now.AddDays(-400), end);
        return certificate.ExportCertificatePem();
    }

    private const string Running = """
        kind: EndpointSlice
        metadata: {name: mesh-operator-1, namespace: mesh-system, labels: {kubernetes.io/service-name: mesh-operator}}
        endpoints: [{conditions: {ready: true}}]
        ---
        kind: EndpointSlice
        metadata: {name: mesh-webhook-1, namespace: mesh-system, labels: {kubernetes.io/service-name: mesh-webhook}}
        endpoints: [{conditions: {ready: true}}]
        ---
        kind: Namespace
        metadata: {name: shop, annotations: {mesh.io/inject: "true"}}
        ---
        kind: Pod
        metadata:
          name: catalog-5d9f-x2x
          namespace: shop
          labels: {pod-template-hash: 5d9f}
          ownerReferences: [{kind: ReplicaSet, name: catalog-5d9f, controller: true}]
        spec: {initContainers: [{name: mesh-proxy, image: "mesh/proxy:0.1.0"}], containers: [{name: catalog}]}
        status: {phase: Running, initContainerStatuses: [{name: mesh-proxy, ready: true}]}
        ---
        kind: Pod
        metadata: {name: orders-0, namespace: shop, ownerReferences: [{kind: StatefulSet, name: orders, controller: true}]}
        spec: {initContainers: [{name: mesh-proxy, image: "mesh/proxy:0.1.0"}], containers: [{name: orders}]}
        status: {phase: Running}
        ---
        kind: Pod
        metadata: {name: printer, namespace: shop, annotations: {mesh.io/inject: "false"}}
        spec: {containers: [{name: printer}]}
        status: {phase: Running}
        """;
}
