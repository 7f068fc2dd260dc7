namespace Mesh.Operator.Identity;

/// <summary>Where the authority is kept: a Secret that the replicas share, or a standalone operator's state folder.</summary>
internal interface IAuthorityStore
{
    /// <summary>For messages.</summary>
    string Name { get; }

    /// <summary>What is stored.</summary>
    Task<StoredAuthority> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Stores a record, unless somebody else was quicker.</summary>
    /// <param name="record">What to store.</param>
    /// <param name="version">Of what it is to replace, as read; null: there was nothing.</param>
    /// <param name="cancellationToken">To give up.</param>
    /// <returns>False where something else is stored by now: read again.</returns>
    Task<bool> TryWriteAsync(AuthorityRecord record, string? version, CancellationToken cancellationToken);

    /// <summary>Has the trust anchors stand where everybody can read them; does nothing where they stand there.</summary>
    Task PublishAsync(AuthorityRecord record, CancellationToken cancellationToken);
}
