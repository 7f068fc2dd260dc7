namespace Mesh.Api.Resources.Validation;

/// <summary>How long certificates live.</summary>
internal static class IdentityRules
{
    public static IEnumerable<FieldError> Check(string path, IdentitySettings identity) =>
    [
        .. Range($"{path}.certificateLifetime", identity.CertificateLifetime, TimeSpan.FromMinutes(1), TimeSpan.FromHours(720)),
        .. Range($"{path}.anchorLifetime", identity.AnchorLifetime, TimeSpan.FromHours(24), TimeSpan.FromHours(87_600)),
        .. Range($"{path}.rotateAnchorAfter", identity.RotateAnchorAfter, TimeSpan.FromHours(1), TimeSpan.FromHours(87_600)),
    ];

    private static IEnumerable<FieldError> Range(string path, MeshDuration? duration, TimeSpan shortest, TimeSpan longest)
    {
        if (duration is { } found && (found.Value < shortest || found.Value > longest))
        {
            yield return new(path, found.ToString(), $"from {new MeshDuration(shortest)} to {new MeshDuration(longest)}");
        }
    }
}
