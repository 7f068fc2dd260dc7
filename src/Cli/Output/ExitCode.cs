namespace Mesh.Cli.Output;

/// <summary>What meshctl's exit codes mean, the same for every command.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The command ran and found something wrong.</summary>
    public const int Problems = 1;

    /// <summary>The command could not run as it was called.</summary>
    public const int Usage = 2;

    /// <summary>The cluster could not be asked, or refused what was asked.</summary>
    public const int Cluster = 3;
}
