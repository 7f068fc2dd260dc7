using System.Diagnostics;

namespace Mesh.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Script_AsksMeshctl(string shell)
    {
        var run = Run.Meshctl("completion", shell);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("[suggest:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Suggestions_AreCommandsAndOptions()
    {
        Assert.Contains("inject", Run.Meshctl("[suggest:10]", "meshctl in").Output, StringComparison.Ordinal);
        Assert.Contains("--pre", Run.Meshctl("[suggest:17]", "meshctl check --p").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("meshctl uni", "uninject uninstall")]
    [InlineData("meshctl check --p", "--pre")]
    [InlineData("meshctl completion z", "zsh")]
    public async Task Bash_Completes(string line, string expected)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var program = Path.Combine(AppContext.BaseDirectory, "meshctl");
        // What readline does when the key is pressed.
        var script = $"""
            meshctl() ( "{program}" "$@" )
            source <(meshctl completion bash)
            COMP_LINE='{line}'; COMP_POINT={line.Length}; COMP_WORDS=($COMP_LINE); COMP_CWORD=$(({line.Split(' ').Length} - 1))
            _meshctl
            echo "$(sort <<< "$(printf '%s\n' "${"{"}COMPREPLY[@]{"}"}")" | paste -sd ' ')"
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true })!;
        var output = await bash.StandardOutput.ReadToEndAsync(cancellation);
        await bash.WaitForExitAsync(cancellation);
        Assert.Equal(expected, output.Trim());
    }
}
