namespace Mesh.Proxy.Listening;

/// <summary>Decides what becomes of a port's connections, one by one.</summary>
/// <param name="original">Where the connection was going before it was redirected here; null where it wasn't.</param>
/// <param name="cancellationToken">Cancelled when the port is closed.</param>
internal delegate ValueTask<ConnectionPlan> ConnectionRouting(OriginalDestination? original, CancellationToken cancellationToken);
