using System.Text.Json;
using Mesh.Api.Authorization;

namespace Mesh.Api.Tests.Authorization;

/// <summary>A request as a test makes it up.</summary>
internal sealed class PlayedRequest(string method, string path, string host) : RequestTraits
{
    public Dictionary<string, string> Headers { get; } = [];

    public string Claims { get; init; } = "{}";

    public override string Method => method;

    public override string Path => path;

    public override string Host => host;

    public override bool HasHeader(string name, ValuePatterns values) => Headers.TryGetValue(name, out var value) && values.Match(value);

    public override bool HasClaim(ClaimName name, ValuePatterns values) => name.IsIn(JsonDocument.Parse(Claims).RootElement, values);
}
