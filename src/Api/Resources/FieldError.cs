namespace Mesh.Api.Resources;

/// <summary>What is wrong with one field of an object.</summary>
/// <param name="Path">The field, from the object's root: <c>spec.targetRefs[0].name</c>; empty for the object itself.</param>
/// <param name="Found">What stands there, as text; null where nothing does.</param>
/// <param name="Expected">What may stand there.</param>
public sealed record FieldError(string Path, string? Found, string Expected)
{
    /// <summary><c>spec.timeouts.attempt: found 9s, expected at most spec.timeouts.request (2s)</c>.</summary>
    public override string ToString() =>
        $"{(Path.Length > 0 ? $"{Path}: " : "")}found {Found ?? "nothing"}, expected {Expected}";
}
