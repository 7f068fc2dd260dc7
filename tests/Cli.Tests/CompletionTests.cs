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
        // What readline does when the key is pressed.
        var completed = await RunAsync("bash", $"""
            source <(meshctl completion bash)
            COMP_LINE='{line}'; COMP_POINT={line.Length}; COMP_WORDS=($COMP_LINE); COMP_CWORD=$(({line.Split(' ').Length} - 1))
            _meshctl
            printf '%s\n' "${"{"}COMPREPLY[@]{"}"}"
            """);

        Assert.Equal(expected, string.Join(' ', completed));
    }

    // What is typed, and what the line is once the key is pressed: all that the candidates have in common, and a space where there is one only.
    [Theory]
    [InlineData("meshctl uni", "meshctl unin")]
    [InlineData("meshctl check --p", "meshctl check --pre ")]
    [InlineData("meshctl completion z", "meshctl completion zsh ")]
    [InlineData("meshctl lint /usr/loc", "meshctl lint /usr/local/")]
    public async Task Zsh_Completes(string line, string expected)
    {
        // Its line editor wants a terminal, which zpty is; the last key shows the line.
        var shown = await RunAsync("zsh", $$"""
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "PROMPT=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(meshctl completion zsh)"
            zpty -w shell "show() { print -r -- \"<<\$BUFFER>>\"; BUFFER= }; zle -N show; bindkey '^X' show; bindkey '^I' complete-word; print -r -- ready''.now"
            zpty -r shell said '*ready.now*'
            zpty -n -w shell '{{line}}'$'\t\x18'
            zpty -r shell said '*<<*>>*'
            zpty -d shell
            print -r -- "${${said##*<<}%%>>*}"
            """);

        Assert.Equal([expected], shown);
    }

    [Theory]
    [InlineData("meshctl uni", "uninject uninstall")]
    [InlineData("meshctl check --p", "--pre")]
    [InlineData("true; meshctl completion z", "zsh")]
    public async Task Fish_Completes(string line, string expected)
    {
        var completed = await RunAsync("fish", $"meshctl completion fish | source\ncomplete -C '{line}'");

        Assert.Equal(expected, string.Join(' ', completed));
    }

    [Fact]
    public async Task Fish_CompletesFiles_WhereMeshctlSuggestsNothing()
    {
        var completed = await RunAsync("fish", "cd /usr\nmeshctl completion fish | source\ncomplete -C 'meshctl lint loc'");

        Assert.Equal(["local/"], completed);
    }

    /// <returns>The lines that the shell writes, in order of their text.</returns>
    private static async Task<string[]> RunAsync(string shell, string script)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        Assert.SkipUnless(path.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, shell))), $"needs {shell}: apt-get install {shell}");
        var home = Directory.CreateTempSubdirectory("mesh-completion-");
        try
        {
            var start = new ProcessStartInfo(shell, ["-c", script]) { RedirectStandardOutput = true };
            start.Environment["PATH"] = $"{AppContext.BaseDirectory}{Path.PathSeparator}{path}";
            // No configuration of whoever runs the tests, and none left behind.
            start.Environment["HOME"] = start.Environment["ZDOTDIR"] = start.Environment["XDG_CONFIG_HOME"] = start.Environment["XDG_DATA_HOME"] = home.FullName;
            using var process = Process.Start(start)!;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            await using var ending = limit.Token.Register(() => process.Kill(entireProcessTree: true));
            var output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None);
            limit.Token.ThrowIfCancellationRequested();
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }
}
