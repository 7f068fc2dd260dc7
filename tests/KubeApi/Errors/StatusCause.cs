namespace Mesh.KubeApi.Errors;

/// <summary>One reason within a refusal: FieldValueRequired, FieldValueInvalid, ..., what is wrong, and where.</summary>
internal sealed record StatusCause(string Reason, string Message, string Field)
{
    public static StatusCause Required(string field, string why = "") =>
        new("FieldValueRequired", why.Length > 0 ? $"Required value: {why}" : "Required value", field);

    /// <summary>What was found is written as JSON.</summary>
    public static StatusCause Invalid(string field, string? found, string why) => new("FieldValueInvalid", $"Invalid value: {found}: {why}", field);
}
