namespace Mesh.Cli.Output;

/// <summary>The command can't run as it was called.</summary>
internal sealed class UsageException(string message) : Exception(message);
