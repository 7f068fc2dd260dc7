namespace Mesh.Operator.Identity;

/// <summary>Whether this replica is the one that rotates.</summary>
/// <param name="always">Standalone: there are no others.</param>
internal sealed class Leadership(bool always) : ILeaderWork
{
    private volatile bool _holdsLease;

    public bool Holds => always || _holdsLease;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _holdsLease = true;
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            _holdsLease = false;
        }
    }
}
