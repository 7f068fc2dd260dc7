namespace Shop.Demo.Shops;

/// <summary>What Kubernetes writes about pods that run: Pods and EndpointSlices, for the operator to read from a file.</summary>
internal static class EndpointManifests
{
    public static string Write(IEnumerable<Replica> replicas, Ports ports) =>
        string.Join("---\n", replicas.GroupBy(replica => replica.Service).SelectMany(service => service.Select(pod => PodOf(pod, ports)).Append(SliceOf(service, ports))));

    private static string PodOf(Replica pod, Ports ports) => $$"""
        apiVersion: v1
        kind: Pod
        metadata:
          name: {{pod.Name}}
          namespace: shop
          labels: {app: {{pod.Service}}}
          annotations: {mesh.io/inbound-ports: "{{ports.Application}}={{ports.Inbound}}"}
        spec:
          containers:
            - name: {{pod.Service}}
              ports: [{name: http, containerPort: {{ports.Application}}}]
        status:
          podIP: {{pod.Address}}

        """;

    private static string SliceOf(IGrouping<string, Replica> service, Ports ports) => $$"""
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: {{service.Key}}-demo
          namespace: shop
          labels: {kubernetes.io/service-name: {{service.Key}}}
        addressType: IPv4
        ports:
          - {name: http, port: {{ports.Application}}, protocol: TCP}
        endpoints:
        {{string.Join('\n', service.Select(pod =>
            $"  - {{addresses: [{pod.Address}], conditions: {{ready: true}}, targetRef: {{kind: Pod, namespace: shop, name: {pod.Name}}}}}"))}}

        """;
}
