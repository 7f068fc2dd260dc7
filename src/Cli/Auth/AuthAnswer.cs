using System.Text.Json.Serialization;
using Mesh.Cli.Output;

namespace Mesh.Cli.Auth;

/// <summary>What is decided at one pod.</summary>
/// <param name="Target">The pod, or the service where none of its pods is known.</param>
/// <param name="Allowed">Whether the caller may.</param>
/// <param name="Reason">A sentence for people.</param>
/// <param name="Policies">The policies that decided, as <c>namespace/name@generation</c>; none where the default did.</param>
/// <param name="Rule">The rule that decided; null where none did.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="Port">The pod's port.</param>
/// <param name="Remarks">What policies see without deciding, and what could not be told.</param>
internal sealed record AuthAnswer(
    string Target, bool Allowed, string Reason, IReadOnlyList<string> Policies, string? Rule, string Caller, int Port, IReadOnlyList<string> Remarks);

[JsonSerializable(typeof(IReadOnlyList<AuthAnswer>))]
internal sealed partial class AuthJson : JsonSerializerContext
{
    public static AuthJson Readable { get; } = new(new(ReadableJson.Options));
}
