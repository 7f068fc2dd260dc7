namespace Mesh.Api.Resources.Validation;

/// <summary>Something that says when.</summary>
internal static class HedgingRules
{
    public static IEnumerable<FieldError> Check(string path, HedgingSettings hedging)
    {
        if (hedging.Delay is null && hedging.Percentile is null) return [new(path, "neither delay nor percentile", "one of the two, or both")];
        return FieldRules.Range($"{path}.delay", hedging.Delay);
    }
}
