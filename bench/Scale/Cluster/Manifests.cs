using System.Globalization;
using System.Text;

namespace Mesh.Scale.Cluster;

/// <summary>Objects as an API server writes them, about as long as real ones.</summary>
internal static class Manifests
{
    public static string Namespace(string name, long version) =>
        $$$$"""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"{{{{name}}}}","uid":"namespace-{{{{name}}}}","resourceVersion":"{{{{version}}}}","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"kubernetes.io/metadata.name":"{{{{name}}}}"},"annotations":{"mesh.io/inject":"true"}},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""";

    public static string Service(SimulatedService service, long version) =>
        $$$$"""{"kind":"Service","apiVersion":"v1","metadata":{"name":"{{{{service.Name}}}}","namespace":"{{{{service.Namespace}}}}","uid":"service-{{{{service.Index}}}}","resourceVersion":"{{{{version}}}}","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"{{{{service.Name}}}}"}},"spec":{"ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":8080}],"selector":{"app":"{{{{service.Name}}}}"},"clusterIP":"{{{{ClusterIp(service)}}}}","clusterIPs":["{{{{ClusterIp(service)}}}}"],"type":"ClusterIP","sessionAffinity":"None","ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","internalTrafficPolicy":"Cluster"},"status":{"loadBalancer":{}}}""";

    public static string Policy(SimulatedService service, long version) =>
        $$$$"""{"kind":"TrafficPolicy","apiVersion":"mesh.io/v1alpha1","metadata":{"name":"{{{{service.Name}}}}","namespace":"{{{{service.Namespace}}}}","uid":"policy-{{{{service.Index}}}}","generation":1,"resourceVersion":"{{{{version}}}}","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"targetRefs":[{"kind":"Service","name":"{{{{service.Name}}}}"}],"timeouts":{"request":"5s"}}}""";

    public static string Slice(SimulatedService service, long version)
    {
        var text = new StringBuilder(8192);
        text.Append(CultureInfo.InvariantCulture, $$$$"""{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"{{{{service.Name}}}}-x7k2p","generateName":"{{{{service.Name}}}}-","namespace":"{{{{service.Namespace}}}}","uid":"slice-{{{{service.Index}}}}","resourceVersion":"{{{{version}}}}","generation":{{{{version}}}},"creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"{{{{service.Name}}}}","endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io","kubernetes.io/service-name":"{{{{service.Name}}}}"},"annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"2026-01-01T00:00:00Z"},"ownerReferences":[{"apiVersion":"v1","kind":"Service","name":"{{{{service.Name}}}}","uid":"service-{{{{service.Index}}}}","controller":true,"blockOwnerDeletion":true}]},"addressType":"IPv4","endpoints":[""");
        foreach (var pod in service.Pods)
        {
            if (pod != service.Pods[0]) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $$$$"""{"addresses":["{{{{pod.AddressText}}}}"],"conditions":{"ready":true,"serving":true,"terminating":false},"targetRef":{"kind":"Pod","namespace":"{{{{service.Namespace}}}}","name":"{{{{pod.Name}}}}","uid":"pod-{{{{pod.Address}}}}"},"nodeName":"{{{{pod.Node}}}}","zone":"zone-{{{{pod.Address % 3}}}}"}""");
        }
        return text.Append("""],"ports":[{"name":"http","port":8080,"protocol":"TCP"}]}""").ToString();
    }

    public static string Pod(SimulatedService service, SimulatedPod pod, long version) =>
        $$$$"""{"kind":"Pod","apiVersion":"v1","metadata":{"name":"{{{{pod.Name}}}}","generateName":"{{{{service.Name}}}}-7d9c5b8f6d-","namespace":"{{{{service.Namespace}}}}","uid":"pod-{{{{pod.Address}}}}","resourceVersion":"{{{{version}}}}","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"{{{{service.Name}}}}","pod-template-hash":"7d9c5b8f6d"},"annotations":{"mesh.io/injected":"0.1.0"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"{{{{service.Name}}}}-7d9c5b8f6d","uid":"replicas-{{{{service.Index}}}}","controller":true,"blockOwnerDeletion":true}],"managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:generateName":{},"f:labels":{".":{},"f:app":{},"f:pod-template-hash":{}},"f:ownerReferences":{".":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:ports":{},"f:resources":{}}},"f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{}}} }]},"spec":{"volumes":[{"name":"kube-api-access","projected":{"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},{"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}}],"defaultMode":420}}],"initContainers":[{"name":"mesh-init","image":"mesh-proxy:0.1.0","resources":{}},{"name":"mesh-proxy","image":"mesh-proxy:0.1.0","restartPolicy":"Always","ports":[{"name":"mesh-health","containerPort":15021,"protocol":"TCP"}],"env":[{"name":"MESH_NAMESPACE","value":"{{{{service.Namespace}}}}"}],"resources":{"requests":{"cpu":"10m","memory":"32Mi"}}}],"containers":[{"name":"app","image":"registry.example/{{{{service.Name}}}}:1.0","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],"resources":{"requests":{"cpu":"100m","memory":"128Mi"}},"readinessProbe":{"httpGet":{"path":"/ready","port":8080}},"terminationMessagePath":"/dev/termination-log","imagePullPolicy":"IfNotPresent"}],"restartPolicy":"Always","serviceAccountName":"{{{{service.Name}}}}","nodeName":"{{{{pod.Node}}}}","schedulerName":"default-scheduler"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"},{"type":"ContainersReady","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}],"podIP":"{{{{pod.AddressText}}}}","podIPs":[{"ip":"{{{{pod.AddressText}}}}"}],"qosClass":"Burstable"}}""";

    private static string ClusterIp(SimulatedService service) =>
        string.Create(CultureInfo.InvariantCulture, $"172.{16 + (service.Index >> 16)}.{(service.Index >> 8) & 255}.{service.Index & 255}");
}
