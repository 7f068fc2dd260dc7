namespace Mesh.Operator.Tests.InCluster;

/// <summary>A service, its endpoints and its policy, as users and Kubernetes write them.</summary>
internal static class ShopManifests
{
    public static string Service(string ns, string name = "catalog") => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: {{ns}}}
        spec:
          ports: [{name: http, port: 80, targetPort: 8080}]
        """;

    public static string Endpoints(string ns, params string[] addresses) => $$"""
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: catalog-1
          namespace: {{ns}}
          labels: {kubernetes.io/service-name: catalog}
        addressType: IPv4
        ports: [{name: http, port: 8080, protocol: TCP}]
        endpoints: [{{string.Join(", ", addresses.Select(a => $"{{addresses: [{a}], conditions: {{ready: true}}}}"))}}]
        """;

    public static string Policy(string ns, string settings, string target = "catalog") => $$"""
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: catalog, namespace: {{ns}}}
        spec:
          targetRefs: [{group: "", kind: Service, name: {{target}}}]
          {{settings}}
        """;
}
