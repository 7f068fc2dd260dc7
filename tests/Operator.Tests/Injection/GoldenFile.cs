using System.Runtime.CompilerServices;
using k8s;
using k8s.Models;

namespace Mesh.Operator.Tests.Injection;

/// <summary>Expected outputs beside the tests. <c>UPDATE_GOLDEN=1</c> writes them anew, to be read in the diff.</summary>
internal static class GoldenFile
{
    public static string Directory { get; } = Path.Combine(Source(), "Golden");

    public static V1Pod Pod(string name) => KubernetesYaml.Deserialize<V1Pod>(File.ReadAllText(Path.Combine(Directory, name)));

    public static void Verify(string name, string actual)
    {
        var path = Path.Combine(Directory, name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, actual);
        Assert.Equal(File.ReadAllText(path), actual, ignoreLineEndingDifferences: true);
    }

    private static string Source([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
