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
        // What proxies are started with; the operator itself never reads it.
        folder.Write(IdentityFiles.Anchors, string.Concat(record.Anchors.Select(anchor => anchor.Certificate)), isSecret: false);
        return Task.FromResult(true);
    }
}
