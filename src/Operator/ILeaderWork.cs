namespace Mesh.Operator;

/// <summary>What only one replica may do: the one that holds the lease.</summary>
internal interface ILeaderWork
{
    /// <param name="cancellationToken">Ends with the lease; the work is to end with it.</param>
    Task RunAsync(CancellationToken cancellationToken);
}
