namespace Mesh.Operator.Identity;

/// <summary>Has the files that proxies are started with in place before the operator says that it listens.</summary>
internal sealed class LocalIdentityStart(IAuthorityStore store, JoinKey key, TimeProvider time) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _ = key.Bytes;
        if ((await store.ReadAsync(cancellationToken)).Record is null)
        {
            await store.TryWriteAsync(AuthorityRecord.Create(brought: null, IdentityPolicy.Default.AnchorLifetime, time.GetUtcNow()), version: null, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
