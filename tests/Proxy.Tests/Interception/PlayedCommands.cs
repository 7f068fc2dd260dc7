using Mesh.Proxy.Interception;

namespace Mesh.Proxy.Tests.Interception;

/// <summary>A host whose programs answer what the test says; those that it doesn't name are not installed.</summary>
internal sealed class PlayedCommands : ICommandRunner
{
    private readonly Dictionary<string, Func<string, CommandResult>> _programs = [];

    /// <summary>What was run, as one line each.</summary>
    public List<string> Ran { get; } = [];

    public PlayedCommands With(string program, Func<string, CommandResult> answer)
    {
        _programs[program] = answer;
        return this;
    }

    public PlayedCommands With(string program, int exitCode = 0, string output = "", string errors = "") =>
        With(program, _ => new(exitCode, output, errors));

    public CommandResult? Run(string program, IReadOnlyList<string> arguments, string input = "")
    {
        if (!_programs.TryGetValue(program, out var answer)) return null;
        var line = string.Join(' ', [program, .. arguments]);
        Ran.Add(line);
        return answer(line);
    }
}
