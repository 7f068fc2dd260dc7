using Mesh.Api.Identity;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Identity;

/// <summary>Whether the authority can go on as it is, as a condition says it.</summary>
internal static class AuthorityHealth
{
    // The operator renews its own at two thirds of thirty days; what is nearer to its end than this is not renewed as it should be.
    private static readonly TimeSpan IssuerWarning = TimeSpan.FromDays(7);
    private static readonly TimeSpan AnchorWarning = TimeSpan.FromDays(30);

    /// <param name="record">What is stored.</param>
    /// <param name="broughtError">What is wrong with an issuer that was brought; null: nothing, or there is none.</param>
    /// <param name="now">The time to judge by.</param>
    public static Condition Judge(AuthorityRecord record, string? broughtError, DateTimeOffset now)
    {
        var (issuer, anchor) = (record.Issuer, record.Issuing);
        var ends = $"the issuer ends {issuer.Ends:u}, its trust anchor {anchor.Ends:u}";
        if (issuer.Ends <= now) return new(ConditionTypes.IdentityReady, false, "IssuerEnded", $"Nobody gets a certificate: {ends}");
        if (broughtError is not null) return new(ConditionTypes.IdentityReady, false, "BroughtIssuerRefused", $"Secret {IdentityNames.BroughtSecret}: {broughtError}; {ends}");
        // One whose whole life is short, as of a brought issuer, is judged by a quarter of it.
        if (issuer.Ends - now < Shorter(IssuerWarning, (issuer.Ends - issuer.Made) / 4)) return new(ConditionTypes.IdentityReady, false, "IssuerEnding", $"Not renewed in time: {ends}");
        if (anchor.Ends - now < Shorter(AnchorWarning, (anchor.Ends - anchor.Made) / 4)) return new(ConditionTypes.IdentityReady, false, "AnchorEnding", $"Not rotated in time: {ends}");
        return record.Anchors.Length > 1
            ? new(ConditionTypes.IdentityReady, true, "Rotating", $"{record.Anchors.Length} trust anchors are trusted ({string.Join(", ", record.Anchors.Select(one => one.Phase))}); {ends}")
            : new(ConditionTypes.IdentityReady, true, "Ready", char.ToUpperInvariant(ends[0]) + ends[1..]);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
