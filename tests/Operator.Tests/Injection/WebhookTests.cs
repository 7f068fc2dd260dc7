using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using Mesh.Operator.Tests.InCluster;

namespace Mesh.Operator.Tests.Injection;

/// <summary>The webhooks as the API server calls them: real TLS, by the certificate that the operator made and had trusted.</summary>
[Collection(nameof(OperatorInCluster))]
public sealed class WebhookTests(OperatorFixture fixture)
{
    [Fact]
    public async Task PodInAskingNamespace_GetsASidecar()
    {
        var ns = await fixture.CreateNamespaceAsync(inject: "true");

        (await fixture.ApplyAsync(Pod(ns, "catalog"))).Succeeded();

        var pod = await fixture.Client.CoreV1.ReadNamespacedPodAsync("catalog", ns, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["mesh-init", "mesh-proxy"], pod.Spec.InitContainers.Select(container => container.Name));
        Assert.Equal(["NET_ADMIN"], pod.Spec.InitContainers[0].SecurityContext.Capabilities.Add);
        Assert.Equal("Always", pod.Spec.InitContainers[1].RestartPolicy);
        Assert.Null(Assert.Single(pod.Spec.Containers).Env);
    }

    [Fact]
    public async Task PodThatOptsOut_GetsNone()
    {
        var ns = await fixture.CreateNamespaceAsync(inject: "true");

        (await fixture.ApplyAsync(Pod(ns, "catalog", inject: "false"))).Succeeded();

        Assert.Null((await fixture.Client.CoreV1.ReadNamespacedPodAsync("catalog", ns, cancellationToken: TestContext.Current.CancellationToken)).Spec.InitContainers);
    }

    [Fact]
    public async Task PodThatNobodyAskedFor_GetsNone()
    {
        var ns = await fixture.CreateNamespaceAsync();

        (await fixture.ApplyAsync(Pod(ns, "catalog"))).Succeeded();

        Assert.Null((await fixture.Client.CoreV1.ReadNamespacedPodAsync("catalog", ns, cancellationToken: TestContext.Current.CancellationToken)).Spec.InitContainers);
    }

    [Fact]
    public async Task AnnotationOfAnotherValue_IsDenied()
    {
        var ns = await fixture.CreateNamespaceAsync();

        var error = (await fixture.ApplyAsync(Pod(ns, "catalog", inject: "yes"))).Failed();

        Assert.Contains("annotation mesh.io/inject on the pod: found \"yes\", expected \"true\" or \"false\"", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mesh.io/mtls", "sometimes", "found \"sometimes\", expected Permissive, Strict or Off")]
    [InlineData("mesh.io/mtls-ports", "8080=strict,metrics=off", "found \"metrics=off\", expected a port once, with Permissive, Strict or Off, such as 8080=strict")]
    [InlineData("mesh.io/mtls-ports", "8080=strict,8080=off", "found \"8080=off\", expected a port once, with Permissive, Strict or Off, such as 8080=strict")]
    public async Task PodWithAModeThatCantBeRead_IsDenied(string annotation, string value, string reason)
    {
        var ns = await fixture.CreateNamespaceAsync(inject: "true");

        var error = (await fixture.ApplyAsync(Pod(ns, "catalog").Replace("annotations: {}", $"annotations: {{{annotation}: \"{value}\"}}", StringComparison.Ordinal))).Failed();

        Assert.Contains($"annotation {annotation} on the pod: {reason}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mesh.io/mtls", "sometimes", "Permissive, Strict or Off")]
    [InlineData("mesh.io/default-authorization", "some", "all, mesh, namespace or none")]
    public async Task NamespaceThatNewlySaysWhatCantBeRead_IsDenied_AndWhatStoodThereIsLeft(string annotation, string value, string expected)
    {
        var ns = await fixture.CreateNamespaceAsync();

        var error = (await fixture.Kubectl.RunAsync("annotate", "namespace", ns, $"{annotation}={value}")).Failed();
        Assert.Contains($"annotation {annotation} on namespace {ns}: found \"{value}\", expected {expected}", error, StringComparison.Ordinal);

        (await fixture.Kubectl.RunAsync("annotate", "namespace", ns, $"{annotation}={expected.Split(' ', ',')[0].ToUpperInvariant()}")).Succeeded();
        var review = Review("Namespace", $$"""{"metadata": {"annotations": {"{{annotation}}": "{{value}}"} } }""");
        var stored = review.Replace("\"operation\"", $$"""  "oldObject": {"metadata": {"annotations": {"{{annotation}}": "{{value}}"} } }, "operation" """.Trim(), StringComparison.Ordinal);
        Assert.False((bool)(await PostAsync("/namespace", review)).Json["response"]!["allowed"]!);
        Assert.True((bool)(await PostAsync("/namespace", stored)).Json["response"]!["allowed"]!);
    }

    [Fact]
    public async Task HostNetwork_IsAdmitted_WithAWarning()
    {
        var ns = await fixture.CreateNamespaceAsync();

        var applied = await fixture.ApplyAsync(Pod(ns, "catalog", inject: "true", more: "hostNetwork: true"));

        applied.Succeeded();
        Assert.Contains("the pod gets no sidecar: hostNetwork", applied.Error, StringComparison.Ordinal);
    }

    // What the webhook is not asked about, it leaves no word on: a review that it leaves alone would say why in the metrics.
    [Fact]
    public async Task OnlyPodsThatWantASidecar_AreAskedAbout()
    {
        var (asking, silent) = (await fixture.CreateNamespaceAsync(inject: "true"), await fixture.CreateNamespaceAsync());
        var before = await ReviewsAsync();

        (await fixture.ApplyAsync(Pod(asking, "opted-out", inject: "false"))).Succeeded();
        (await fixture.ApplyAsync(Pod(silent, "silent"))).Succeeded();
        Assert.Equal(before, await ReviewsAsync());

        (await fixture.ApplyAsync(Pod(asking, "asked-by-namespace"))).Succeeded();
        (await fixture.ApplyAsync(Pod(silent, "asked-by-pod", inject: "true"))).Succeeded();
        // Once more about each where the API server's own plugins have changed what was injected, as those for service accounts do.
        Assert.InRange(await ReviewsAsync() - before, 2, 4);
    }

    [Fact]
    public async Task NamespaceAndItsFirstPod_MayComeInOneFile()
    {
        var ns = $"{await fixture.CreateNamespaceAsync()}-one";

        (await fixture.ApplyAsync($$"""
            apiVersion: v1
            kind: Namespace
            metadata: {name: {{ns}}, labels: {mesh.io/test: {{fixture.Configuration}} }, annotations: {mesh.io/inject: "true"} }
            ---
            {{Pod(ns, "catalog")}}
            """)).Succeeded();

        var pod = await fixture.Client.CoreV1.ReadNamespacedPodAsync("catalog", ns, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains(pod.Spec.InitContainers, container => container.Name == "mesh-proxy");
    }

    [Fact]
    public async Task AnnotationThatNobodyKnows_IsWarnedOf()
    {
        var ns = await fixture.CreateNamespaceAsync(inject: "true");

        var applied = await fixture.ApplyAsync(Pod(ns, "catalog").Replace("annotations: {}", "annotations: {mesh.io/skip-outbound-port: \"25\"}", StringComparison.Ordinal));

        applied.Succeeded();
        Assert.Contains("annotation mesh.io/skip-outbound-port on the pod has no effect", applied.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2102, false)]
    [InlineData(1000, true)]
    public async Task DebugContainer_RunsAsAnyUserButTheProxys(int user, bool allowed)
    {
        var review = Review("Pod", $$"""
            {"metadata": {"name": "catalog"}, "spec": {"initContainers": [{"name": "mesh-proxy"}], "containers": [{"name": "app"}],
             "ephemeralContainers": [{"name": "debugger", "securityContext": {"runAsUser": {{user}} } }] } }
            """).Replace("\"operation\"", "\"subResource\": \"ephemeralcontainers\", \"operation\"", StringComparison.Ordinal);

        var response = (await PostAsync("/debug", review)).Json["response"]!;

        Assert.Equal(allowed, (bool)response["allowed"]!);
        if (!allowed) Assert.Contains("container debugger: securityContext.runAsUser: found 2102", (string?)response["status"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReviewOfAPodWithoutAName_IsAnsweredInKind()
    {
        var review = Review("Pod", """{"metadata": {"generateName": "catalog-", "annotations": {"mesh.io/inject": "true"}}, "spec": {"containers": [{"name": "app"}]}}""");

        var response = (await PostAsync("/inject", review)).Json["response"]!;

        Assert.Equal("review-1", (string?)response["uid"]);
        Assert.True((bool)response["allowed"]!);
        Assert.Equal("JSONPatch", (string?)response["patchType"]);
        var patch = JsonNode.Parse(Convert.FromBase64String((string)response["patch"]!))!.AsArray();
        Assert.All(patch, operation => Assert.Equal("add", (string?)operation!["op"]));
    }

    [Fact]
    public async Task ReviewOfALeftAlonePod_SaysWhyToTheAuditLog()
    {
        var review = Review("Pod", """{"metadata": {"annotations": {"mesh.io/inject": "false"}}, "spec": {"containers": [{"name": "app"}]}}""");

        var response = (await PostAsync("/inject", review)).Json["response"]!;

        Assert.True((bool)response["allowed"]!);
        Assert.Null(response["patch"]);
        Assert.Equal("opted out by annotation mesh.io/inject on the pod", (string?)response["auditAnnotations"]!["no-sidecar"]);
    }

    [Fact]
    public async Task ReviewOfABadPolicy_IsRefused_WithEveryField()
    {
        var review = Review("TrafficPolicy", """
            {"apiVersion": "mesh.io/v1alpha1", "kind": "TrafficPolicy", "metadata": {"name": "catalog", "namespace": "shop"},
             "spec": {"targetRefs": [{"name": "catalog"}], "timeouts": {"request": "2s", "attempt": "9s"}}}
            """, group: "mesh.io");

        var response = (await PostAsync("/validate", review)).Json["response"]!;

        Assert.False((bool)response["allowed"]!);
        Assert.Equal(422, (int)response["status"]!["code"]!);
        Assert.Contains("spec.timeouts.attempt: found 9s, expected at most spec.timeouts.request (2s)", (string?)response["status"]!["message"], StringComparison.Ordinal);
        Assert.Equal("spec.timeouts.attempt", (string?)Assert.Single(response["status"]!["details"]!["causes"]!.AsArray())!["field"]);
    }

    [Theory]
    [InlineData("{}", "application/json", HttpStatusCode.BadRequest, "kind: found \"\", expected AdmissionReview")]
    [InlineData("not JSON", "application/json", HttpStatusCode.BadRequest, "body: found no AdmissionReview")]
    [InlineData("{\"kind\": \"AdmissionReview\", \"apiVersion\": \"admission.k8s.io/v1beta1\"}", "application/json", HttpStatusCode.BadRequest, "expected admission.k8s.io/v1")]
    [InlineData("{\"kind\": \"AdmissionReview\", \"apiVersion\": \"admission.k8s.io/v1\"}", "application/json", HttpStatusCode.BadRequest, "request: found nothing")]
    [InlineData("{}", "text/plain", HttpStatusCode.UnsupportedMediaType, "expected application/json")]
    public async Task WhatIsNoReview_IsRefused_WithTheReason(string body, string type, HttpStatusCode status, string reason)
    {
        var answer = await PostAsync("/inject", body, type);

        Assert.Equal(status, answer.Status);
        Assert.Contains(reason, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReviewThatIsTooLong_IsRefused()
    {
        var answer = await PostAsync("/inject", new string(' ', 8 * 1024 * 1024));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
    }

    [Fact]
    public async Task WebhookPaths_AreOnTheWebhooksListenerOnly()
    {
        using var client = new HttpClient();

        var answer = await client.PostAsync(new Uri($"http://{fixture.Admin}/inject"), Json("{}"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private async Task<(HttpStatusCode Status, string Text, JsonNode Json)> PostAsync(string path, string body, string type = "application/json")
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var configuration = await fixture.Client.AdmissionregistrationV1.ReadMutatingWebhookConfigurationAsync(fixture.Configuration, cancellationToken: cancellationToken);
        using var authority = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(configuration.Webhooks[0].ClientConfig.CaBundle));
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { authority },
        };
        using var client = new HttpClient(handler);
        // A body that is refused by its length is not sent.
        client.DefaultRequestHeaders.ExpectContinue = true;
        var content = Json(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var response = await client.PostAsync(new Uri($"https://{fixture.Webhook}{path}"), content, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return (response.StatusCode, text, response.IsSuccessStatusCode ? JsonNode.Parse(text)! : new JsonObject());
    }

    private async Task<long> ReviewsAsync()
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri($"http://{fixture.Admin}/metrics"), TestContext.Current.CancellationToken);
        return metrics.Split('\n').Where(line => line.StartsWith("mesh_operator_admission_reviews_total{", StringComparison.Ordinal) && line.Contains("webhook=\"inject\"", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static string Review(string kind, string resource, string group = "") => $$"""
        {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {"uid": "review-1", "namespace": "shop", "name": "catalog",
         "kind": {"group": "{{group}}", "version": "v1", "kind": "{{kind}}"}, "operation": "CREATE", "object": {{resource}} } }
        """;

    private static string Pod(string ns, string name, string? inject = null, string more = "") => $$"""
        apiVersion: v1
        kind: Pod
        metadata:
          name: {{name}}
          namespace: {{ns}}
          annotations: {{{(inject is null ? "" : $"mesh.io/inject: \"{inject}\"")}}}
        spec:
          {{more}}
          containers:
          - name: app
            image: shop/catalog:1
            ports: [{containerPort: 8080}]
        """;
}
