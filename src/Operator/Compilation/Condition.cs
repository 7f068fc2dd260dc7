namespace Mesh.Operator.Compilation;

/// <summary>One condition as it should read, before times: those depend on what was written before.</summary>
/// <param name="Type">One of <see cref="Mesh.Api.Resources.ConditionTypes"/>.</param>
/// <param name="Holds">True: <c>"True"</c>; false: <c>"False"</c>.</param>
/// <param name="Reason">One CamelCase word for programs.</param>
/// <param name="Message">A sentence for people; never empty.</param>
internal sealed record Condition(string Type, bool Holds, string Reason, string Message);
