using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Api.Identity;

/// <summary>
/// Who a workload is: <c>spiffe://trust-domain/ns/namespace/sa/service-account</c>. The parts are what a certificate says, so they
/// are compared as ordinary text and never read as patterns. Source: SPIFFE-ID, sections 2.1 to 2.3, and Kubernetes' names
/// (RFC 1123 labels and subdomains).
/// </summary>
/// <param name="TrustDomain">Lower-case letters, digits, dots, dashes and underscores.</param>
/// <param name="Namespace">A Kubernetes namespace.</param>
/// <param name="ServiceAccount">A Kubernetes service account.</param>
public sealed record SpiffeId(string TrustDomain, string Namespace, string ServiceAccount)
{
    /// <summary>The trust domain where nothing else is configured.</summary>
    public const string DefaultTrustDomain = "cluster.local";

    private const string Scheme = "spiffe://";
    private const int LongestTrustDomain = 255;
    private const int LongestNamespace = 63;
    private const int LongestServiceAccount = 253;
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");
    private static readonly SearchValues<char> TrustDomainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._");

    /// <summary>The namespace and the service account, as policies name a workload.</summary>
    public string Workload => $"{Namespace}/{ServiceAccount}";

    /// <summary>Whether the text may be a trust domain.</summary>
    public static bool IsTrustDomain([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= LongestTrustDomain } && !text.AsSpan().ContainsAnyExcept(TrustDomainCharacters);

    /// <summary>Reads exactly the form that is written, and nothing that merely means the same.</summary>
    /// <param name="text">As a certificate's URI name has it.</param>
    /// <param name="id">What it says.</param>
    /// <returns>False for any other SPIFFE id too: it names no workload of a mesh.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SpiffeId? id)
    {
        id = null;
        if (text is null || !text.StartsWith(Scheme, StringComparison.Ordinal)) return false;
        if (text[Scheme.Length..].Split('/') is not [var trustDomain, "ns", var ns, "sa", var account]) return false;
        if (!IsTrustDomain(trustDomain) || !IsName(ns, LongestNamespace) || !IsName(account, LongestServiceAccount)) return false;
        id = new(trustDomain, ns, account);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{TrustDomain}/ns/{Namespace}/sa/{ServiceAccount}";

    // "." and ".." are no names, though made of a name's characters: SPIFFE-ID section 2.2 forbids them as segments.
    private static bool IsName(string text, int longest) =>
        text.Length > 0 && text.Length <= longest && !text.AsSpan().ContainsAnyExcept(NameCharacters) && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]);
}
