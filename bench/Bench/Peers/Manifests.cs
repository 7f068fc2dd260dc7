using System.Net;

namespace Mesh.Bench.Peers;

/// <summary>What Kubernetes would hold about what is measured, for an operator to read from files. All is in the namespace <c>bench</c>.</summary>
internal static class Manifests
{
    /// <summary>A service with one endpoint.</summary>
    /// <param name="name">The service's.</param>
    /// <param name="portName">Of its port 80: says what it speaks.</param>
    /// <param name="endpoint">Where it is served.</param>
    /// <param name="pod">Whose address that is; null: nobody's.</param>
    public static string Service(string name, string portName, IPEndPoint endpoint, string? pod = null) => $$"""
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: bench}
        spec:
          ports: [{name: {{portName}}, port: 80, protocol: TCP}]
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: {{name}}
          namespace: bench
          labels: {kubernetes.io/service-name: {{name}} }
        addressType: IPv4
        ports: [{name: {{portName}}, port: {{endpoint.Port}}, protocol: TCP}]
        endpoints:
          - addresses: [{{endpoint.Address}}]
            conditions: {ready: true}
            {{(pod is null ? "" : $"targetRef: {{kind: Pod, name: {pod}, namespace: bench}}")}}

        """;

    /// <summary>A pod with a sidecar, in a mesh where nobody speaks in the clear.</summary>
    public static string StrictPod(string name) => $$"""
        ---
        apiVersion: mesh.io/v1alpha1
        kind: MeshConfig
        metadata: {name: default}
        spec: {mtls: {mode: Strict} }
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: {{name}}, namespace: bench, annotations: {mesh.io/meshed: "true"} }
        spec: {serviceAccountName: {{name}}, containers: [{name: {{name}}, image: none}] }

        """;
}
