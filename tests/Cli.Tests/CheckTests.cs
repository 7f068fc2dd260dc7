using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Tests;

public sealed class CheckTests
{
    private readonly FakeCluster _cluster = HealthyMesh.Create();

    [Fact]
    public void HealthyMesh_HasNothingToSay() => Golden.Matches("check-healthy", Run.MeshctlOn(_cluster, "check"));

    [Fact]
    public void NoMesh_EndsAtTheOperator()
    {
        _cluster.Remove("deployment", "mesh-operator");
        Golden.Matches("check-no-operator", Run.MeshctlOn(_cluster, "check"));
    }

    [Fact]
    public void NoCluster_EndsAtOnce()
    {
        _cluster.Version = new(0, 0);
        Golden.Matches("check-no-cluster", Run.MeshctlOn(_cluster, "check"));
    }

    [Fact]
    public void BeforeInstallation_RightsAndOtherMeshesCount()
    {
        var cluster = new FakeCluster { Version = new(1, 28) };
        cluster.Forbidden.Add("clusterrole");
        cluster.Add("{kind: MutatingWebhookConfiguration, metadata: {name: istio-sidecar-injector}}");
        Golden.Matches("check-pre", Run.MeshctlOn(cluster, "check", "--pre"));
    }

    [Fact]
    public void EmptyCluster_CanBeInstalledOn() => Assert.Equal(0, Run.MeshctlOn(new(), "check", "--pre").ExitCode);

    [Theory]
    [InlineData("json")]
    [InlineData("yaml")]
    public void Programs_ReadTheSame(string format)
    {
        _cluster.Remove("mutatingwebhookconfiguration", "mesh-operator");
        Golden.Matches($"check-{format}", Run.MeshctlOn(_cluster, "check", "-o", format));
    }

    [Fact]
    public void Terminal_GetsColours()
    {
        var run = Run.Meshctl(Run.Around(_cluster) with { Colours = true }, "", "check");
        Assert.Contains("\e[32m√\e[0m the cluster answers", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", Run.MeshctlOn(_cluster, "check").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void OldCluster_Fails()
    {
        _cluster.Version = new(1, 27);
        Fails("its version is one that the mesh runs on", "found 1.27, expected 1.28 or later");
    }

    [Fact]
    public void DefinitionThatIsMissing_Fails()
    {
        _cluster.Remove("customresourcedefinition", "trafficpolicies.mesh.io");
        Fails("trafficpolicies.mesh.io is there", "found none");
    }

    [Fact]
    public void DefinitionOfAnEarlierRelease_Warns()
    {
        _cluster["customresourcedefinition", "trafficpolicies.mesh.io"]["metadata"]!["annotations"]!["mesh.io/version"] = "0.0.9";
        Warns("trafficpolicies.mesh.io is there", "found version 0.0.9, expected 0.1.0");
    }

    [Fact]
    public void OperatorThatIsNotReady_Fails()
    {
        _cluster["deployment", "mesh-operator"]["status"]!["readyReplicas"] = 0;
        Fails("all its replicas are ready", "0/1");
    }

    [Fact]
    public void OperatorOfAnotherVersion_Warns()
    {
        _cluster["deployment", "mesh-operator"]["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "registry.example:5000/mesh/operator:0.0.9";
        Warns("it is of meshctl's version", "registry.example:5000/mesh/operator:0.0.9");
    }

    [Fact]
    public void ServiceWithoutEndpoints_Fails()
    {
        _cluster.Remove("endpointslice", "mesh-webhook-1");
        Fails("its Services lead to it", "Service mesh-system/mesh-webhook has no ready endpoint");
    }

    [Fact]
    public void RightThatIsMissing_IsNamed()
    {
        var rule = _cluster["clusterrole", "mesh-operator"].Objects("rules").First(r => r.Text("apiGroups") != "mesh.io" && r["resources"]!.AsArray().Any(name => name.Text() == "endpointslices"));
        rule["verbs"] = new JsonArray("list");
        Fails("it has the rights that it needs", "ClusterRole mesh-operator doesn't allow to watch endpointslices.discovery.k8s.io");
    }

    [Fact]
    public void BindingToSomebodyElse_Fails()
    {
        _cluster["clusterrolebinding", "mesh-operator"]["subjects"]![0]!["namespace"] = "elsewhere";
        Fails("it has the rights that it needs", "no ClusterRoleBinding mesh-operator for ServiceAccount mesh-system/mesh-operator");
    }

    [Fact]
    public void WebhookThatIsNotTrusted_Fails()
    {
        _cluster["mutatingwebhookconfiguration", "mesh-operator"]["webhooks"]![0]!["clientConfig"]!.AsObject().Remove("caBundle");
        Fails("and trusts them", "webhook inject.mesh.io has no caBundle");
    }

    [Fact]
    public void WebhookThatTrustsAnotherAuthority_Fails()
    {
        _cluster["mutatingwebhookconfiguration", "mesh-operator"]["webhooks"]![0]!["clientConfig"]!["caBundle"] = "b3RoZXI=";
        Fails("and trusts them", "webhook inject.mesh.io trusts another authority");
    }

    [Fact]
    public void FailingClosedOnOneReplica_Warns()
    {
        _cluster["mutatingwebhookconfiguration", "mesh-operator"]["webhooks"]![0]!["failurePolicy"] = "Fail";
        Warns("an operator that is away keeps no pods from being created", "found failurePolicy Fail with one replica");
    }

    [Theory]
    [InlineData(20, "warning", "it ends 2026-12-13")]
    [InlineData(-1, "failed", "it ended 2026-11-22")]
    public void CertificateNearItsEnd_IsTold(int days, string outcome, string found)
    {
        HealthyMesh.Renew(_cluster, HealthyMesh.Now.AddDays(days));
        Finds("the webhooks' certificate is valid", outcome, found);
        Finds("the mesh's trust anchors are valid", outcome, found);
    }

    // Hours: thirty days that are renewed at two thirds, and a week that somebody else renews.
    [Theory]
    [InlineData(-500, 220, "ok", "until 2026-12-02")]
    [InlineData(-560, 160, "warning", "it ends 2026-11-30")]
    [InlineData(-721, -1, "failed", "it ended 2026-11-23")]
    [InlineData(-120, 48, "ok", "until 2026-11-25")]
    [InlineData(-130, 38, "warning", "it ends 2026-11-25")]
    public void IssuerThatNobodyRenews_IsToldWhileItStillSigns(int begin, int end, string outcome, string found)
    {
        HealthyMesh.RenewIssuer(_cluster, HealthyMesh.Now.AddHours(begin), HealthyMesh.Now.AddHours(end));
        Finds("the mesh's issuer is valid", outcome, found);
    }

    [Fact]
    public void OperatorWithoutIdentities_HasNoIssuerToCheck()
    {
        _cluster.Remove("configmap", "mesh-trust-anchors");
        Finds("the mesh's issuer is valid", "skipped", "there is no ConfigMap mesh-system/mesh-trust-anchors");
    }

    [Fact]
    public void WhatMayNotBeRead_IsSkipped()
    {
        _cluster.Forbidden.Add("secret");
        Finds("the webhooks' certificate is valid", "skipped", "Forbidden");
        Assert.Equal(0, Run.MeshctlOn(_cluster, "check").ExitCode);
    }

    [Fact]
    public void PodThatWasToHaveASidecar_Fails()
    {
        _cluster.Add("{kind: Pod, metadata: {name: missed, namespace: shop}, spec: {containers: [{name: app}]}, status: {phase: Running}}");
        Fails("pods that ask for a sidecar have one", "shop/missed");
    }

    [Fact]
    public void PodThatCanHaveNone_IsNoFault()
    {
        _cluster.Add("{kind: Pod, metadata: {name: agent, namespace: shop}, spec: {hostNetwork: true, containers: [{name: app}]}, status: {phase: Running}}");
        _cluster.Add("{kind: Pod, metadata: {name: done, namespace: shop}, spec: {containers: [{name: app}]}, status: {phase: Succeeded}}");
        Assert.Equal(0, Run.MeshctlOn(_cluster, "check").ExitCode);
    }

    [Fact]
    public void SidecarThatIsNotReady_Warns()
    {
        _cluster["pod", "catalog-5d9f-x2x"]["status"]!["initContainerStatuses"]![0]!["ready"] = false;
        Warns("sidecars are ready", "shop/catalog-5d9f-x2x");
    }

    [Fact]
    public void SidecarOfAnotherVersion_Warns()
    {
        _cluster["pod", "orders-0"]["spec"]!["initContainers"]![0]!["image"] = "mesh/proxy:0.0.9";
        Warns("sidecars are of the operator's version", "shop/orders-0 (mesh/proxy:0.0.9)");
    }

    [Fact]
    public void PolicyThatIsNotAccepted_Warns()
    {
        _cluster.Add("{kind: TrafficPolicy, metadata: {name: p, namespace: shop}, status: {conditions: [{type: Accepted, status: \"False\", message: spec.timeouts}]}}");
        Warns("policies are accepted", "TrafficPolicy shop/p: spec.timeouts");
    }

    private void Fails(string check, string found)
    {
        Finds(check, "failed", found);
        Assert.Equal(1, Run.MeshctlOn(_cluster, "check").ExitCode);
    }

    private void Warns(string check, string found)
    {
        Finds(check, "warning", found);
        Assert.Equal(0, Run.MeshctlOn(_cluster, "check").ExitCode);
    }

    private void Finds(string check, string outcome, string found)
    {
        var result = JsonNode.Parse(Run.MeshctlOn(_cluster, "check", "-o", "json").Output).Objects("checks").Single(c => c.Text("name") == check);
        Assert.Equal(outcome, result.Text("outcome"));
        Assert.Contains(found, result.Text("found"), StringComparison.Ordinal);
        Assert.Equal(outcome == "ok", result.Text("hint").Length == 0);
    }
}
