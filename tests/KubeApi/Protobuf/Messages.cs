namespace Mesh.KubeApi.Protobuf;

/// <summary>
/// The messages that kubectl's generators (<c>kubectl create namespace</c>, <c>configmap</c>, <c>deployment</c>, ...), <c>kubectl auth can-i</c>
/// and helm's release storage send, with the field numbers of k8s.io/api's generated.proto. Each line is number, name, type; <c>*</c> marks a repeated field,
/// <c>?</c> one whose zero counts.
/// </summary>
internal static class Messages
{
    private static readonly Dictionary<string, Dictionary<int, MessageField>> Known = Parse("""
        Namespace: 1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status ignored
        NamespaceSpec: 1 finalizers string*
        ConfigMap: 1 metadata ObjectMeta, 2 data map-string, 3 binaryData map-bytes, 4 immutable bool?
        Secret: 1 metadata ObjectMeta, 2 data map-bytes, 3 type string, 4 stringData map-string, 5 immutable bool?
        ServiceAccount: 1 metadata ObjectMeta, 2 secrets ObjectReference*, 3 imagePullSecrets ObjectName*, 4 automountServiceAccountToken bool?
        Service: 1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status ignored
        ServiceSpec: 1 ports ServicePort*, 2 selector map-string, 3 clusterIP string, 4 type string, 5 externalIPs string*, 7 sessionAffinity string, 8 loadBalancerIP string, 9 loadBalancerSourceRanges string*, 10 externalName string, 11 externalTrafficPolicy string, 12 healthCheckNodePort int, 13 publishNotReadyAddresses bool, 17 ipFamilyPolicy string, 18 clusterIPs string*, 19 ipFamilies string*, 20 allocateLoadBalancerNodePorts bool?, 21 loadBalancerClass string, 22 internalTrafficPolicy string, 23 trafficDistribution string
        ServicePort: 1 name string, 2 protocol string, 3 port int, 4 targetPort IntOrString, 5 nodePort int, 6 appProtocol string
        Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status ignored
        DeploymentSpec: 1 replicas int?, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy DeploymentStrategy, 5 minReadySeconds int, 6 revisionHistoryLimit int?, 7 paused bool, 9 progressDeadlineSeconds int?
        DeploymentStrategy: 1 type string
        PodTemplateSpec: 1 metadata ObjectMeta, 2 spec PodSpec
        PodSpec: 2 containers Container*, 3 restartPolicy string, 4 terminationGracePeriodSeconds int?, 6 dnsPolicy string, 7 nodeSelector map-string, 8 serviceAccountName string, 9 serviceAccount string, 10 nodeName string, 11 hostNetwork bool, 12 hostPID bool, 13 hostIPC bool, 15 imagePullSecrets ObjectName*, 16 hostname string, 17 subdomain string, 19 schedulerName string, 20 initContainers Container*, 24 priorityClassName string
        Container: 1 name string, 2 image string, 3 command string*, 4 args string*, 5 workingDir string, 6 ports ContainerPort*, 7 env EnvVar*, 8 resources ResourceRequirements, 13 terminationMessagePath string, 14 imagePullPolicy string, 16 stdin bool, 17 stdinOnce bool, 18 tty bool, 20 terminationMessagePolicy string
        ContainerPort: 1 name string, 2 hostPort int, 3 containerPort int, 4 protocol string, 5 hostIP string
        EnvVar: 1 name string, 2 value string
        ResourceRequirements: 1 limits map-Quantity, 2 requests map-Quantity
        Quantity: 1 string string
        ObjectReference: 1 kind string, 2 namespace string, 3 name string, 4 uid string, 5 apiVersion string, 6 resourceVersion string, 7 fieldPath string
        ObjectName: 1 name string
        LabelSelector: 1 matchLabels map-string, 2 matchExpressions LabelSelectorRequirement*
        LabelSelectorRequirement: 1 key string, 2 operator string, 3 values string*
        ObjectMeta: 1 name string, 2 generateName string, 3 namespace string, 4 selfLink string, 5 uid string, 6 resourceVersion string, 7 generation int, 8 creationTimestamp ignored, 9 deletionTimestamp ignored, 10 deletionGracePeriodSeconds ignored, 11 labels map-string, 12 annotations map-string, 13 ownerReferences OwnerReference*, 14 finalizers string*, 17 managedFields ignored
        OwnerReference: 1 kind string, 3 name string, 4 uid string, 5 apiVersion string, 6 controller bool?, 7 blockOwnerDeletion bool?
        IntOrString: 1 type int, 2 intVal int, 3 strVal string
        DeleteOptions: 1 gracePeriodSeconds int?, 2 preconditions Preconditions, 3 orphanDependents bool?, 4 propagationPolicy string, 5 dryRun string*
        Preconditions: 1 uid string, 2 resourceVersion string
        SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec SelfSubjectAccessReviewSpec, 3 status ignored
        SelfSubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes
        ResourceAttributes: 1 namespace string, 2 verb string, 3 group string, 4 version string, 5 resource string, 6 subresource string, 7 name string
        NonResourceAttributes: 1 path string, 2 verb string
        Unknown: 1 typeMeta TypeMeta, 2 raw bytes, 3 contentEncoding string, 4 contentType string
        TypeMeta: 1 apiVersion string, 2 kind string
        """);

    public static IReadOnlyDictionary<int, MessageField>? Find(string message) => Known.GetValueOrDefault(message);

    private static Dictionary<string, Dictionary<int, MessageField>> Parse(string table) => table.Split('\n').Select(line => line.Trim().Split(": "))
        .ToDictionary(parts => parts[0], parts => parts[1].Split(", ").Select(field => field.Split(' ')).ToDictionary(field => int.Parse(field[0], System.Globalization.CultureInfo.InvariantCulture), Field));

    private static MessageField Field(string[] words) => new(words[1], words[2].TrimEnd('*', '?'), words[2].EndsWith('*'), words[2].EndsWith('?'));
}
