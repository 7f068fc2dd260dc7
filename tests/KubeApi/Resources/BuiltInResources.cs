using System.Reflection;
using k8s;
using k8s.Models;
using Mesh.KubeApi.Kinds;
using Mesh.KubeApi.Schemas;
using Mesh.KubeApi.Tables;

namespace Mesh.KubeApi.Resources;

/// <summary>The built-in kinds that are served.</summary>
internal static class BuiltInResources
{
    private static readonly string[] EventFields =
    [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
        "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "type", "source", "reportingComponent",
    ];

    private static readonly string[] PodFields =
        ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase", "status.podIP"];

    public static readonly ResourceType Namespace = Cluster<V1Namespace>("ns") with
    {
        Rules = new NamespaceRules(),
        SelectableFields = ["status.phase"],
        Columns = BuiltInColumns.Namespaces,
    };

    public static readonly ResourceType CustomResourceDefinition = Counted(Cluster<V1CustomResourceDefinition>("crd", "crds")) with
    {
        Rules = new CustomResourceDefinitionRules(),
        Categories = ["api-extensions"],
        Columns = BuiltInColumns.CustomResourceDefinitions,
    };

    public static readonly ResourceType MutatingWebhookConfiguration = Counted(Cluster<V1MutatingWebhookConfiguration>()) with
    {
        Rules = new WebhookConfigurationRules(),
        Categories = ["api-extensions"],
    };

    public static readonly ResourceType ValidatingWebhookConfiguration = Counted(Cluster<V1ValidatingWebhookConfiguration>()) with
    {
        Rules = new WebhookConfigurationRules(),
        Categories = ["api-extensions"],
    };

    public static readonly ResourceType ValidatingAdmissionPolicy = Counted(Cluster<V1ValidatingAdmissionPolicy>()) with
    {
        Rules = new AdmissionPolicyRules(),
        Categories = ["api-extensions"],
    };

    public static readonly ResourceType ValidatingAdmissionPolicyBinding = Counted(Cluster<V1ValidatingAdmissionPolicyBinding>()) with { Categories = ["api-extensions"] };

    public static readonly ResourceType ClusterRole = Cluster<V1ClusterRole>();

    public static readonly ResourceType ClusterRoleBinding = Cluster<V1ClusterRoleBinding>();

    private static readonly ResourceType Pod = Namespaced<V1Pod>("po") with
    {
        Rules = new PodRules(),
        SelectableFields = PodFields,
        Categories = ["all"],
        Columns = BuiltInColumns.Pods,
    };

    private static readonly ResourceType Service = Namespaced<V1Service>("svc") with
    {
        Rules = new ServiceRules(),
        SelectableFields = ["spec.clusterIP", "spec.type"],
        Categories = ["all"],
        Columns = BuiltInColumns.Services,
    };

    public static IReadOnlyList<ResourceType> All { get; } =
    [
        Namespace,
        Pod,
        Service,
        Namespaced<V1ConfigMap>("cm"),
        Namespaced<V1Secret>() with { Rules = new SecretRules(), SelectableFields = ["type"] },
        Namespaced<V1ServiceAccount>("sa"),
        Namespaced<V1Endpoints>("ep"),
        Namespaced<Corev1Event>("ev") with { SelectableFields = EventFields },
        Cluster<V1Node>("no"),
        Namespaced<Eventsv1Event>("ev") with { Rules = new EventRules(), SelectableFields = EventFields },
        Counted(Namespaced<V1EndpointSlice>()) with { Rules = new EndpointSliceRules() },
        Namespaced<V1Lease>(),
        Counted(Namespaced<V1Deployment>("deploy")) with { Rules = new WorkloadRules(), Categories = ["all"] },
        Counted(Namespaced<V1ReplicaSet>("rs")) with { Rules = new WorkloadRules(), Categories = ["all"] },
        Counted(Namespaced<V1StatefulSet>("sts")) with { Rules = new WorkloadRules(), Categories = ["all"] },
        Counted(Namespaced<V1DaemonSet>("ds")) with { Rules = new WorkloadRules(), Categories = ["all"] },
        Counted(Namespaced<V1Job>()) with { Rules = new WorkloadRules(), Categories = ["all"] },
        Counted(Namespaced<V1CronJob>("cj")) with { Categories = ["all"] },
        Counted(Namespaced<V1PodDisruptionBudget>("pdb")),
        Counted(Namespaced<V1NetworkPolicy>("netpol")),
        Counted(Namespaced<V2HorizontalPodAutoscaler>("hpa")),
        Cluster<V1PriorityClass>("pc"),
        Namespaced<V1Role>(),
        Namespaced<V1RoleBinding>(),
        ClusterRole,
        ClusterRoleBinding,
        MutatingWebhookConfiguration,
        ValidatingWebhookConfiguration,
        ValidatingAdmissionPolicy,
        ValidatingAdmissionPolicyBinding,
        CustomResourceDefinition,
    ];

    private static ResourceType Namespaced<T>(params string[] shortNames) where T : IKubernetesObject => Of(typeof(T), true, shortNames);

    private static ResourceType Cluster<T>(params string[] shortNames) where T : IKubernetesObject => Of(typeof(T), false, shortNames);

    private static ResourceType Counted(ResourceType type) => type with { CountsGeneration = true };

    private static ResourceType Of(Type model, bool namespaced, string[] shortNames)
    {
        var entity = model.GetCustomAttribute<KubernetesEntityAttribute>()!;
        return new()
        {
            Group = entity.Group,
            Version = entity.ApiVersion,
            Kind = entity.Kind,
            Plural = entity.PluralName,
            Singular = entity.Kind.ToLowerInvariant(),
            Namespaced = namespaced,
            ShortNames = shortNames,
            HasStatus = model.GetProperty("Status") is not null,
            Schema = BuiltInSchemas.Of(model),
        };
    }
}
