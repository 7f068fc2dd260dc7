using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>Keeps the authority in a standalone operator's state folder, which is that one operator's.</summary>
internal sealed class FileAuthorityStore(IdentityFolder folder) : IAuthorityStore
{
    private const string AuthorityFile = "authority.json";

    public string Name => folder.PathOf(AuthorityFile);

    public Task<StoredAuthority> ReadAsync(CancellationToken cancellationToken)
    {
        var text = folder.Read(AuthorityFile);
        var request = folder.Read(IdentityFiles.RotationRequest)?.Trim();
        return Task.FromResult(new StoredAuthority(text is null ? null : AuthorityRecord.Parse(text), text, request, Brought: null));
    }

    public Task<bool> TryWriteAsync(AuthorityRecord record, string? version, CancellationToken cancellationToken)
    {
        folder.Write(AuthorityFile, record.ToString(), isSecret: true);
        PublishAsync(record, cancellationToken);
        return Task.FromResult(true);
    }

    // What proxies are started with; the operator itself doesn't need it.
    public Task PublishAsync(AuthorityRecord record, CancellationToken cancellationToken)
    {
        var anchors = record.AnchorsPem();
        if (folder.Read(IdentityFiles.Anchors) != anchors) folder.Write(IdentityFiles.Anchors, anchors, isSecret: false);
        return Task.CompletedTask;
    }
}
