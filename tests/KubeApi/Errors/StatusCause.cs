namespace Mesh.KubeApi.Errors;

/// <summary>One reason within a refusal: FieldValueRequired, FieldValueInvalid, ..., what is wrong, and where.</summary>
internal sealed record StatusCause(string Reason, string Message, string Field);
