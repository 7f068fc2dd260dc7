using System.Reflection;
using System.Text.Json.Nodes;
using Mesh.Api.Resources;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Installation;

/// <summary>
/// What an installation brings: the files of config/, compiled in, with an installation's choices. The chart brings the same, and a test
/// compares the two.
/// </summary>
internal static class MeshManifests
{
    private const string DefaultRegistry = "mesh/";

    private static readonly Version AdmissionPolicies = new(1, 30);

    // The order that kubectl is to create them in: a namespace before what is in it, a webhook once there is somebody to answer it.
    private static readonly string[] Order =
    [
        "Namespace", "PriorityClass", "CustomResourceDefinition", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service",
        "PodDisruptionBudget", "NetworkPolicy", "Deployment", "DaemonSet", "MeshConfig", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
    ];

    /// <summary>The definitions of the mesh's kinds, without which nothing of it can be said.</summary>
    public static IReadOnlyList<JsonObject> Definitions { get; } = [.. Read("crds/", ClusterOptions.DefaultNamespace)];

    /// <summary>The operator, its rights and its webhooks.</summary>
    /// <param name="ns">Its namespace.</param>
    public static IReadOnlyList<JsonObject> Default(string ns) => [.. Read("rbac/", ns), .. Read("operator/", ns)];

    /// <summary>Everything that is asked for, in the order to apply it in.</summary>
    public static IReadOnlyList<JsonObject> Of(InstallationChoices choices)
    {
        var objects = Definitions.Select(definition => (JsonObject)definition.DeepClone()).Concat(Default(choices.Namespace)).Concat(Read("guard/", choices.Namespace)).ToList();
        if (choices.HighlyAvailable) Overlay(objects, Read("ha/", choices.Namespace));
        if (choices.Cni) objects.AddRange([.. Read("cni/", choices.Namespace), CniConfig()]);
        foreach (var container in objects.SelectMany(o => o.Objects("spec", "template", "spec", "containers"))) SetImage(container, choices);
        return [.. objects.OrderBy(o => Array.IndexOf(Order, o.Text("kind")))];
    }

    /// <summary>Without what an API server of that version has no kinds for.</summary>
    public static IReadOnlyList<JsonObject> KnownTo(Version server, IReadOnlyList<JsonObject> manifests) =>
        server >= AdmissionPolicies ? manifests : [.. manifests.Where(o => o.Text("kind") is not ("ValidatingAdmissionPolicy" or "ValidatingAdmissionPolicyBinding"))];

    private static IEnumerable<JsonObject> Read(string folder, string ns)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith($"config/{folder}", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            // The one name that stands in many places, arguments of the CNI plugin among them.
            foreach (var document in ManifestYaml.Parse(reader.ReadToEnd().Replace(ClusterOptions.DefaultNamespace, ns, StringComparison.Ordinal)))
                yield return document.AsObject();
        }
    }

    // What is there is patched, what isn't is added: a kustomization's patches and resources.
    private static void Overlay(List<JsonObject> objects, IEnumerable<JsonObject> overlay)
    {
        foreach (var patch in overlay)
        {
            var target = objects.Find(o => o.Text("kind") == patch.Text("kind") && o.Text("metadata", "name") == patch.Text("metadata", "name"));
            if (target is null) objects.Add(patch);
            else StrategicMerge.Into(target, patch);
        }
    }

    private static JsonObject CniConfig() => new()
    {
        ["apiVersion"] = MeshApi.GroupVersion,
        ["kind"] = MeshConfig.KubeKind,
        ["metadata"] = new JsonObject { ["name"] = MeshConfig.DefaultName },
        ["spec"] = new JsonObject { ["proxy"] = new JsonObject { ["interception"] = nameof(InterceptionMode.Cni) } },
    };

    private static void SetImage(JsonObject container, InstallationChoices choices)
    {
        if (choices is { Registry: null, Tag: null }) return;
        var image = container.Text("image");
        container["image"] = Image(image, choices);
        if (container.Text("name") != "operator") return;
        var proxy = Image(image.Replace($"{DefaultRegistry}operator", $"{DefaultRegistry}proxy", StringComparison.Ordinal), choices);
        container["env"]!.AsArray().Add(new JsonObject { ["name"] = "MESH_PROXY_IMAGE", ["value"] = proxy });
    }

    private static string Image(string image, InstallationChoices choices)
    {
        var name = image[..image.LastIndexOf(':')];
        return $"{(choices.Registry is { } registry ? registry.TrimEnd('/') + "/" : "")}{name}:{choices.Tag ?? ProxyImages.Tag(image)}";
    }
}
