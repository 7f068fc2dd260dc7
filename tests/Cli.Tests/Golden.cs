using System.Text;

namespace Mesh.Cli.Tests;

/// <summary>Holds meshctl's output to files in Golden/. UPDATE_GOLDEN=1 writes them anew.</summary>
internal static class Golden
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    public static void Matches(string name, Run run)
    {
        var actual = new StringBuilder()
            .Append("$ meshctl ").AppendJoin(' ', run.Arguments).Append('\n')
            .Append(run.Output)
            .Append(run.Error.Length > 0 ? $"--- stderr\n{run.Error}" : "")
            .Append("--- exit code ").Append(run.ExitCode).Append('\n')
            .ToString();
        var path = Path.Combine(Repository.Tests, "Golden", $"{name}.txt");
        if (Update) File.WriteAllText(path, actual);
        Assert.True(File.Exists(path), $"{path} is missing: run the tests once with UPDATE_GOLDEN=1.");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
