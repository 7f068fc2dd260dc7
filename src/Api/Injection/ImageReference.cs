using System.Text.RegularExpressions;

namespace Mesh.Api.Injection;

/// <summary>The name of a container image: <c>registry.example.com:5000/mesh/proxy:1.2.3@sha256:…</c>.</summary>
/// <param name="Repository">All before the tag and the digest.</param>
internal readonly partial record struct ImageReference(string Repository)
{
    public static bool TryParse(string text, out ImageReference image)
    {
        var match = text.Length <= 1024 ? Whole().Match(text) : Match.Empty;
        image = new(match.Groups["repository"].Value);
        return match.Success;
    }

    /// <summary>Whether it is of a registry, or a folder of one: whole segments, so that <c>example.com/mesh</c> is not <c>example.com/mesh-evil</c>.</summary>
    public bool IsIn(string registry) => Repository.StartsWith(registry.TrimEnd('/') + "/", StringComparison.Ordinal);

    // The grammar of github.com/distribution/reference.
    [GeneratedRegex("""
        ^(?<repository>[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*(?::[0-9]{1,5}(?=/))?(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?\z
        """)]
    private static partial Regex Whole();
}
