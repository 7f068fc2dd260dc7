using System.CommandLine;
using Mesh.Cli.Output;

namespace Mesh.Cli.Completion;

/// <summary>Scripts by which a shell completes meshctl's commands: they ask meshctl itself, by its directive <c>[suggest:POSITION]</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # source <(meshctl completion bash)
        _meshctl() {
          local IFS=$'\n' line=${COMP_LINE/#${COMP_WORDS[0]}/meshctl}
          local position=$((COMP_POINT - ${#COMP_WORDS[0]} + 7))
          mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$position]" "$line" 2> /dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _meshctl meshctl
        """;

    private const string Zsh = """
        #compdef meshctl
        # source <(meshctl completion zsh)
        _meshctl() {
          local -a found
          found=(${(f)"$(meshctl "[suggest:$CURSOR]" "$BUFFER" 2> /dev/null)"})
          compadd -a found || _files
        }
        compdef _meshctl meshctl
        """;

    private const string Fish = """
        # meshctl completion fish | source
        function _meshctl
          set -l line (commandline -cp)
          set -l found (meshctl "[suggest:"(string length -- "$line")"]" "$line" 2> /dev/null)
          if test -n "$found"
            printf '%s\n' $found
          else
            __fish_complete_path (commandline -ct)
          end
        end
        complete -c meshctl -f -a '(_meshctl)'
        """;

    private static readonly Dictionary<string, string> Scripts = new() { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Prints the script by which a shell completes meshctl's commands and options.") { shell };
        command.SetAction(result =>
        {
            result.InvocationConfiguration.Output.WriteLine(Scripts[result.GetRequiredValue(shell)]);
            return ExitCode.Ok;
        });
        return command;
    }
}
