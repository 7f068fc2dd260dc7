namespace Mesh.Proxy.Interception;

/// <summary>What a program came to.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public bool Succeeded => ExitCode == 0;
}
