namespace Mesh.Proxy.Interception;

/// <summary>Runs programs of the system, in the network namespace that the rules are for.</summary>
internal interface ICommandRunner
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>Null where there is no such program.</returns>
    CommandResult? Run(string program, IReadOnlyList<string> arguments, string input = "");
}
