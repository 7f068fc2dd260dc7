using k8s;
using k8s.Models;
using Mesh.Operator.Tests.InCluster;

namespace Mesh.Operator.Tests.Injection;

/// <summary>The label that says to the API server what the annotation says to users.</summary>
[Collection(nameof(OperatorInCluster))]
public sealed class NamespaceLabelTests(OperatorFixture fixture)
{
    [Theory]
    [InlineData("true", "true")]
    [InlineData("false", "false")]
    [InlineData("yes!", "invalid")]
    public async Task Annotation_BringsTheLabel_InTheSameWrite(string annotation, string label)
    {
        var ns = await fixture.CreateNamespaceAsync();

        var written = await fixture.Kubectl.RunAsync("annotate", "namespace", ns, $"mesh.io/inject={annotation}");

        written.Succeeded();
        Assert.Equal(label, await LabelAsync(ns));
        Assert.Equal(label is "invalid", written.Error.Contains("its pods are refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnnotationThatGoes_TakesTheLabelWithIt()
    {
        var ns = await fixture.CreateNamespaceAsync(inject: "true");

        var written = await fixture.Kubectl.RunAsync("annotate", "namespace", ns, "mesh.io/inject-");

        written.Succeeded();
        Assert.Null(await LabelAsync(ns));
        Assert.Empty(written.Error);
    }

    [Fact]
    public async Task LabelWithoutAnnotation_IsRemoved_AndWhoeverWroteItTold()
    {
        var ns = await fixture.CreateNamespaceAsync();

        var written = await fixture.Kubectl.RunAsync("label", "namespace", ns, "mesh.io/inject=true");

        written.Succeeded();
        Assert.Null(await LabelAsync(ns));
        Assert.Contains("annotate the namespace instead", written.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamespaceAnnotatedWhileTheWebhookWasAway_IsLabelledLater()
    {
        // Not one of the test's own: the webhooks aren't called for it.
        var ns = $"{await fixture.CreateNamespaceAsync()}-old";
        await fixture.Client.CoreV1.CreateNamespaceAsync(new V1Namespace
        {
            Metadata = new V1ObjectMeta { Name = ns, Annotations = new Dictionary<string, string> { ["mesh.io/inject"] = "true" } },
        }, cancellationToken: TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(async () => Assert.Equal("true", await LabelAsync(ns)));
        await fixture.Client.CoreV1.DeleteNamespaceAsync(ns, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task DryRun_ShowsTheLabel_AndWritesNothing()
    {
        var ns = await fixture.CreateNamespaceAsync();

        var shown = (await fixture.Kubectl.RunAsync("annotate", "namespace", ns, "mesh.io/inject=true", "--dry-run=server", "-o", "jsonpath={.metadata.labels.mesh\\.io/inject}")).Succeeded();

        Assert.Equal("true", shown);
        Assert.Null(await LabelAsync(ns));
    }

    private async Task<string?> LabelAsync(string ns) =>
        (await fixture.Client.CoreV1.ReadNamespaceAsync(ns, cancellationToken: TestContext.Current.CancellationToken)).Metadata.Labels.TryGetValue("mesh.io/inject", out var label) ? label : null;
}
