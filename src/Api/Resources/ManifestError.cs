namespace Mesh.Api.Resources;

/// <summary>What is wrong with a manifest.</summary>
/// <param name="File">The file, as its reader named it.</param>
/// <param name="Line">The line that the message speaks of, counted from 1.</param>
/// <param name="Object">The object, as <c>TrafficPolicy shop/catalog</c>; null where it could not be told.</param>
/// <param name="Message">What was found and what was expected.</param>
public sealed record ManifestError(string File, int Line, string? Object, string Message)
{
    /// <summary><c>mesh/catalog.yaml:12: TrafficPolicy shop/catalog: spec.timeouts.attempt: found "5x", expected a duration such as 1s</c>.</summary>
    public override string ToString() => $"{File}:{Line}: {(Object is null ? "" : $"{Object}: ")}{Message}";
}
