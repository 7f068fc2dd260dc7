using System.Text.RegularExpressions;

namespace Shop.Demo;

/// <summary>What the operator says of the policies, from the status files that it keeps for a run without a cluster.</summary>
internal static partial class PolicyStatus
{
    public static IReadOnlyList<string> Read(string state)
    {
        var folder = new DirectoryInfo(Path.Combine(state, "status"));
        return folder.Exists ? [.. folder.GetFiles("TrafficPolicy.*.yaml").OrderBy(file => file.Name).Select(Describe)] : [];
    }

    private static string Describe(FileInfo file)
    {
        var text = File.ReadAllText(file.FullName);
        return $"{Path.GetFileNameWithoutExtension(file.Name)}: generation {Generation().Match(text).Groups[1].Value}";
    }

    [GeneratedRegex(@"^\s*generation:\s*(\d+)", RegexOptions.Multiline)]
    private static partial Regex Generation();
}
