using System.Text.Json.Serialization;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// An error that explains itself. Source: RFC 9457 for the first four members; the rest are ours. To those who may be beyond the
/// mesh it says what kind of error it is and no more.
/// </summary>
/// <param name="Type">Names the kind of problem.</param>
/// <param name="Title">The same for every problem of this kind.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What happened to this request.</param>
/// <param name="Code"><c>mesh/no-endpoints</c>.</param>
/// <param name="Destination">Where it was going; null where that was never known.</param>
/// <param name="Policies">What decided how it was sent: <c>namespace/name@generation</c>.</param>
/// <param name="Attempts">What was tried.</param>
/// <param name="Hint">What to do.</param>
/// <param name="Id">The same in the proxy's log.</param>
/// <param name="Rule">The rule of the policy that decided; null where none did.</param>
/// <param name="Caller">Whom authorization took the caller for; null where it decided nothing.</param>
internal sealed record ErrorDocument(
    string Type, string Title, int Status, string? Detail, string Code, string? Destination,
    IReadOnlyList<string>? Policies, IReadOnlyList<ErrorAttempt>? Attempts, string? Hint, string Id, string? Rule = null, string? Caller = null);

/// <summary>One attempt as an error shows it; milliseconds.</summary>
internal sealed record ErrorAttempt(string Endpoint, string Outcome, double Ms);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorDocument))]
internal sealed partial class ErrorJson : JsonSerializerContext;
