using System.Text.Json;
using Mesh.Api.Authorization;
using Mesh.Api.Paths;

namespace Mesh.Cli.Auth;

/// <summary>A request as the command line describes it.</summary>
internal sealed class AskedRequest(string method, string target, string host, IReadOnlyDictionary<string, List<string>> headers, JsonElement? claims) : RequestTraits
{
    /// <summary>What could be read in two ways; null where nothing could.</summary>
    public string? Ambiguity { get; } = RequestPath.TryNormalise(target, out _, out var problem) ? null : problem;

    public override string Method => method;

    public override string Path { get; } = RequestPath.TryNormalise(target, out var path, out _) ? path : "";

    public override string Host => host;

    public override bool HasHeader(string name, ValuePatterns values) => headers.TryGetValue(name, out var found) && found.Any(value => values.Match(value));

    public override bool HasClaim(ClaimName name, ValuePatterns values) => claims is { } token && name.IsIn(token, values);
}
