using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Admin;

/// <summary>Who this proxy is, as <c>/config</c> shows it.</summary>
internal sealed record IdentityPart(
    string? Id, DateTimeOffset? Ends, DateTimeOffset? RenewAt, string? Serial, IReadOnlyList<IdentityPart.AnchorPart> TrustAnchors, string? Problem, string Workload)
{
    /// <returns>Null in a proxy without identity.</returns>
    public static IdentityPart? Of(IdentityReport report) => !report.IsEnabled ? null : new(
        report.Credentials?.Id.ToString(), report.Credentials?.Ends, report.Credentials?.RenewAt, report.Credentials?.Certificate.SerialNumber,
        [.. (report.Credentials?.Trust.Anchors ?? []).Select(AnchorPart.Of)], report.Problem,
        report.Workload.Version.ToString("x16", CultureInfo.InvariantCulture));

    internal sealed record AnchorPart(string Subject, string Sha256, DateTimeOffset Ends)
    {
        public static AnchorPart Of(X509Certificate2 anchor) =>
            new(anchor.Subject, anchor.GetCertHashString(HashAlgorithmName.SHA256), anchor.NotAfter.ToUniversalTime());
    }
}
