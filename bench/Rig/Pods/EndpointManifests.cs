namespace Mesh.Rig.Pods;

/// <summary>What Kubernetes writes about pods that run: Pods and EndpointSlices, for the operator to read from a file.</summary>
internal static class EndpointManifests
{
    public static string Write(string inNamespace, IEnumerable<Replica> replicas, Ports ports) =>
        string.Join("---\n", replicas.GroupBy(replica => replica.Service).SelectMany(service =>
            service.Select(pod => PodOf(inNamespace, pod, ports)).Append(SliceOf(inNamespace, service, ports))));

    private static string PodOf(string inNamespace, Replica pod, Ports ports) => $$"""
        apiVersion: v1
        kind: Pod
        metadata:
          name: {{pod.Name}}
          namespace: {{inNamespace}}
          labels: {app: {{pod.Service}}}
          annotations: {mesh.io/inbound-ports: "{{ports.Application}}={{ports.Inbound}}", mesh.io/meshed: "true"}
        spec:
          serviceAccountName: {{pod.Service}}
          containers:
            - name: {{pod.Service}}
              ports: [{name: http, containerPort: {{ports.Application}}}]
        status:
          podIP: {{pod.Address}}

        """;

    private static string SliceOf(string inNamespace, IGrouping<string, Replica> service, Ports ports) => $$"""
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: {{service.Key}}-1
          namespace: {{inNamespace}}
          labels: {kubernetes.io/service-name: {{service.Key}}}
        addressType: IPv4
        ports:
          - {name: http, port: {{ports.Application}}, protocol: TCP}
        endpoints:
        {{string.Join('\n', service.Select(pod => EndpointOf(inNamespace, pod)))}}

        """;

    private static string EndpointOf(string inNamespace, Replica pod)
    {
        var conditions = pod.Terminating ? "{ready: false, serving: true, terminating: true}" : "{ready: true, serving: true, terminating: false}";
        var zone = pod.Zone.Length > 0 ? $"zone: {pod.Zone}, " : "";
        return $"  - {{addresses: [{pod.Address}], conditions: {conditions}, {zone}targetRef: {{kind: Pod, namespace: {inNamespace}, name: {pod.Name}}}}}";
    }
}
