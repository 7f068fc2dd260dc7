using System.Text.Json.Nodes;

namespace Mesh.Chart.Tests;

/// <summary>What the mesh may do: in the cluster by RBAC, on the node by its pods' security context.</summary>
public sealed class SecurityTests
{
    private static readonly string[] Everything =
        ["--set", "cni.enabled=true,podMonitor.enabled=true,autoscaling.enabled=true,networkPolicy.enabled=true,priorityClass.create=true,podDisruptionBudget.enabled=true"];

    // Of the volumes that restricted allows, those that a mesh has use for.
    private static readonly string[] HarmlessVolumes = ["name", "emptyDir", "configMap", "secret", "projected", "downwardAPI", "persistentVolumeClaim"];

    [Fact]
    public async Task Roles_HaveNoWildcard_AndNothingThatGivesMore()
    {
        var rules = await RulesAsync(_ => true);

        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.DoesNotContain("*", Words(rule, "apiGroups").Concat(Words(rule, "resources")).Concat(Words(rule, "verbs")).Concat(Words(rule, "nonResourceURLs"))));
        Assert.All(rules, rule => Assert.Empty(Words(rule, "verbs").Intersect(["escalate", "bind", "impersonate"])));
        Assert.All(rules, rule => Assert.Empty(Words(rule, "resources").Intersect(["pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers", "nodes/proxy", "serviceaccounts/token"])));
    }

    [Fact]
    public async Task ClusterRoles_ReadNoSecrets()
    {
        var rules = await RulesAsync(role => (string?)role["kind"] == "ClusterRole");
        Assert.All(rules, rule => Assert.DoesNotContain("secrets", Words(rule, "resources")));
    }

    [Fact]
    public async Task ClusterRoles_ChangeOnlyWhatIsNamedOrOurs()
    {
        string[] reads = ["get", "list", "watch"];
        // A review is a question; an event is a note. Neither changes what is there.
        string[] notes = ["events", "tokenreviews", "subjectaccessreviews"];
        var rules = await RulesAsync(role => (string?)role["kind"] == "ClusterRole");

        var changes = rules.Where(rule => Words(rule, "verbs").Except(reads).Any() && !IsOfTheNamespacesLabel(rule));

        Assert.All(changes, rule => Assert.True(
            Words(rule, "resourceNames").Any() || Words(rule, "apiGroups").SequenceEqual(["mesh.io"]) || !Words(rule, "resources").Except(notes).Any(), rule.ToJsonString()));
    }

    // The label by which webhooks select: docs/decisions/injection-by-label.md. No right is narrower.
    private static bool IsOfTheNamespacesLabel(JsonObject rule) => Words(rule, "resources").SequenceEqual(["namespaces"]) && Words(rule, "verbs").SequenceEqual(["patch"]);

    [Fact]
    public async Task Roles_ReachSecretsAndLeasesByNameOnly()
    {
        var rules = await RulesAsync(role => (string?)role["kind"] == "Role");
        // Create can't be limited to a name: the API server doesn't know it yet when it decides.
        var unnamed = rules.Where(rule => !Words(rule, "resourceNames").Any());
        Assert.All(unnamed, rule => Assert.Equal(["create"], Words(rule, "verbs")));
    }

    [Fact]
    public async Task Pods_KeepToTheRestrictedStandard_ExceptOfTheCniPlugin()
    {
        var chart = await Manifests.OfChartAsync(Everything);
        var pods = chart.Objects.Where(o => !o.Key.Contains("mesh-cni", StringComparison.Ordinal)).Select(o => (o.Key, Pod: PodOf(o.Value))).Where(o => o.Pod is not null).ToList();

        Assert.NotEmpty(pods);
        Assert.Empty(pods.SelectMany(o => Violations(o.Pod!).Select(violation => $"{o.Key}: {violation}")));
    }

    [Fact]
    public async Task CniPlugin_HasANamespaceOfItsOwn_AndNoRightButTheNodesFolders()
    {
        var chart = await Manifests.OfChartAsync(Everything);
        var pod = PodOf(chart["DaemonSet mesh-cni/mesh-cni"])!;

        Assert.Equal("privileged", (string?)chart["Namespace mesh-cni"]["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]);
        Assert.Equal(
            ["hostNetwork", "securityContext.runAsNonRoot", "containers[install].runAsUser: 0", "volumes[bin]", "volumes[conf]"],
            Violations(pod));
    }

    private static async Task<IReadOnlyList<JsonObject>> RulesAsync(Func<JsonObject, bool> where) =>
        [.. (await Manifests.OfChartAsync(Everything)).Objects.Values
            .Where(o => (string?)o["kind"] is "Role" or "ClusterRole" && where(o))
            .SelectMany(role => role["rules"]!.AsArray()).Select(rule => rule!.AsObject())];

    private static IEnumerable<string> Words(JsonObject rule, string field) => rule[field]?.AsArray().Select(word => (string)word!) ?? [];

    private static JsonNode? PodOf(JsonObject o) => (string?)o["kind"] == "Pod" ? o["spec"] : o["spec"]?["template"]?["spec"];

    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    private static IEnumerable<string> Violations(JsonNode pod)
    {
        foreach (var field in new[] { "hostNetwork", "hostPID", "hostIPC" })
            if (pod[field] is not null) yield return field;
        if ((bool?)pod["securityContext"]?["runAsNonRoot"] is not true) yield return "securityContext.runAsNonRoot";
        foreach (var container in (pod["initContainers"]?.AsArray() ?? []).Concat(pod["containers"]!.AsArray()))
            foreach (var violation in ContainerViolations(pod, container!)) yield return $"containers[{container!["name"]}].{violation}";
        foreach (var volume in pod["volumes"]?.AsArray() ?? [])
            if (volume!.AsObject().Any(field => !HarmlessVolumes.Contains(field.Key))) yield return $"volumes[{volume["name"]}]";
    }

    private static IEnumerable<string> ContainerViolations(JsonNode pod, JsonNode container)
    {
        var own = container["securityContext"];
        if (own?["privileged"] is not null) yield return "privileged";
        if ((bool?)own?["allowPrivilegeEscalation"] is not false) yield return "allowPrivilegeEscalation";
        if (own?["capabilities"]?["drop"]?.AsArray().Any(c => (string?)c == "ALL") is not true || own["capabilities"]!["add"] is not null) yield return "capabilities";
        if ((string?)(own?["seccompProfile"] ?? pod["securityContext"]?["seccompProfile"])?["type"] is not ("RuntimeDefault" or "Localhost")) yield return "seccompProfile";
        if ((long?)(own?["runAsUser"] ?? pod["securityContext"]?["runAsUser"]) is not > 0) yield return $"runAsUser: {own?["runAsUser"]}";
        if (container["ports"]?.AsArray().Any(port => port!["hostPort"] is not null) is true) yield return "hostPort";
    }
}
