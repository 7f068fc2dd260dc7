namespace Mesh.Api.Resources.Validation;

/// <summary>Nothing named twice.</summary>
internal static class MatchRules
{
    public static IEnumerable<FieldError> Check(string path, RequestMatchSettings match) => FieldRules.Unique($"{path}.identities", match.Identities);
}
