using System.Runtime.CompilerServices;
using System.Text;
using k8s;
using Mesh.Api.Injection;

namespace Mesh.Operator.Tests.Injection;

public sealed class PodShapeTests
{
    public static TheoryData<string> Shapes => [.. PodShapes.All.Select(shape => shape.What)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Pod_HasTheOutcomeOfTheTable(string what)
    {
        var shape = PodShapes.All.Single(s => s.What == what);
        var pod = shape.Pod;

        var decision = shape.Decide(pod);

        Assert.Equal(shape.Outcome, PodShape.Describe(decision));
        if (decision is not InjectionDecision.Inject inject) return;
        GoldenFile.Verify($"Shapes/{shape.FileName}.yaml", KubernetesYaml.Serialize(PatchedPod.Of(pod, inject)) + "\n");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void SecondInjection_ChangesNothing(string what)
    {
        var shape = PodShapes.All.Single(s => s.What == what);
        if (shape.Decide(shape.Pod) is not InjectionDecision.Inject inject) return;

        Assert.Equal("left alone: already injected", PodShape.Describe(shape.Decide(PatchedPod.Of(shape.Pod, inject))));
    }

    [Fact]
    public void Documentation_HasTheWholeTable()
    {
        var table = new StringBuilder("""
            # Pod shapes

            What becomes of a pod at admission, by its shape. Written by a test (`UPDATE_GOLDEN=1`), which runs each of them through the injector; what
            injected pods look like is in `tests/Operator.Tests/Injection/Golden/Shapes`. Unless the shape says otherwise, the namespace asks for
            sidecars, the cluster has native ones, and interception is `Init`. *Warned* means that whoever creates the pod is told, as `kubectl` shows.

            | shape | outcome |
            |---|---|

            """);
        foreach (var shape in PodShapes.All) table.Append("| ").Append(shape.What).Append(" | ").Append(Cell(shape.Outcome)).Append(" |\n");

        GoldenFile.Verify(DocumentationFile(), table.ToString());
    }

    private static string Cell(string outcome)
    {
        var (verdict, rest) = outcome.IndexOfAny([':', '!']) is > 0 and var end ? (outcome[..end], outcome[end..]) : (outcome, "");
        return $"**{verdict}**{(rest.StartsWith('!') ? ", *warned*" : "")}{(rest.Length > 1 ? ": " + rest[2..] : "")}";
    }

    private static string DocumentationFile([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../docs/reference/pod-shapes.md"));
}
