using k8s.Models;
using Mesh.Api.Resources;

namespace Shop.Demo;

/// <summary>What the operator says of the policies, in the status files that it keeps for a run without a cluster.</summary>
internal static class PolicyConditions
{
    public static IReadOnlyList<string> Read(string state)
    {
        var folder = new DirectoryInfo(Path.Combine(state, "status"));
        return folder.Exists ? [.. folder.GetFiles($"{TrafficPolicy.KubeKind}.*.yaml").OrderBy(file => file.Name).SelectMany(Policies).Select(Describe)] : [];
    }

    private static IEnumerable<TrafficPolicy> Policies(FileInfo file) =>
        ManifestReader.Read(file.Name, File.ReadAllText(file.FullName)).Objects.OfType<TrafficPolicy>();

    private static string Describe(TrafficPolicy policy)
    {
        var conditions = policy.Status?.Conditions ?? [];
        var told = conditions.FirstOrDefault(condition => condition.Status == "False") ?? conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Programmed);
        return $"{TrafficPolicy.KubeKind} {policy.Namespace()}/{policy.Name()}: generation {policy.Generation()}"
            + (told is null ? "" : $", {told.Type} {told.Status}: {told.Message}");
    }
}
