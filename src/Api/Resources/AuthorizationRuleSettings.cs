using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>Matches where one of from does, one of to does and all of when do; what is absent matches.</summary>
public sealed class AuthorizationRuleSettings
{
    /// <summary>For answers, metrics and logs. Default: its place among the rules.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>Who it is; at most 16.</summary>
    [JsonPropertyName("from")]
    public IReadOnlyList<AuthorizationSourceSettings>? From { get; set; }

    /// <summary>What is asked for; at most 16.</summary>
    [JsonPropertyName("to")]
    public IReadOnlyList<AuthorizationOperationSettings>? To { get; set; }

    /// <summary>What else must hold; at most 16.</summary>
    [JsonPropertyName("when")]
    public IReadOnlyList<AuthorizationConditionSettings>? When { get; set; }
}

/// <summary>Who it is: all that is set, each by one of its values.</summary>
public sealed class AuthorizationSourceSettings
{
    /// <summary>Namespaces of verified callers; at most 64.</summary>
    [JsonPropertyName("namespaces")]
    public IReadOnlyList<string>? Namespaces { get; set; }

    /// <summary>Verified callers, as <c>namespace/service-account</c>; at most 64.</summary>
    [JsonPropertyName("serviceAccounts")]
    public IReadOnlyList<string>? ServiceAccounts { get; set; }

    /// <summary>Verified callers by their SPIFFE id, in which <c>*</c> stands for any run of characters; at most 64.</summary>
    [JsonPropertyName("identities")]
    public IReadOnlyList<string>? Identities { get; set; }

    /// <summary>Addresses that connections come from, and ranges of them; at most 64.</summary>
    [JsonPropertyName("cidrs")]
    public IReadOnlyList<string>? Cidrs { get; set; }

    /// <summary>Whoever proves no identity. True or absent.</summary>
    [JsonPropertyName("unauthenticated")]
    public bool? Unauthenticated { get; set; }
}

/// <summary>What is asked for: all that is set, each by one of its values.</summary>
public sealed class AuthorizationOperationSettings
{
    /// <summary>The application's ports; at most 64.</summary>
    [JsonPropertyName("ports")]
    public IReadOnlyList<int>? Ports { get; set; }

    /// <summary>HTTP methods, in capitals; at most 16.</summary>
    [JsonPropertyName("methods")]
    public IReadOnlyList<string>? Methods { get; set; }

    /// <summary>Paths without the query, decoded and normalised; at most 64.</summary>
    [JsonPropertyName("paths")]
    public IReadOnlyList<PathMatchSettings>? Paths { get; set; }

    /// <summary>Names that requests are for, without a port; a leading <c>*.</c> stands for one label or more; at most 64.</summary>
    [JsonPropertyName("hosts")]
    public IReadOnlyList<string>? Hosts { get; set; }

    /// <summary>gRPC services and their methods; at most 64.</summary>
    [JsonPropertyName("grpc")]
    public IReadOnlyList<GrpcMatchSettings>? Grpc { get; set; }
}

/// <summary>Which paths: exactly one of its three forms.</summary>
public sealed class PathMatchSettings
{
    /// <summary>The whole path.</summary>
    [JsonPropertyName("exact")]
    public string? Exact { get; set; }

    /// <summary>Its first segments, whole ones.</summary>
    [JsonPropertyName("prefix")]
    public string? Prefix { get; set; }

    /// <summary>With <c>{name}</c> for one segment, and a last <c>{**}</c> for any number of them.</summary>
    [JsonPropertyName("template")]
    public string? Template { get; set; }
}

/// <summary>A gRPC service, and one of its methods or each.</summary>
public sealed class GrpcMatchSettings
{
    /// <summary>The service with its package.</summary>
    [JsonPropertyName("service")]
    public string Service { get; set; } = "";

    /// <summary>The method. Default: each.</summary>
    [JsonPropertyName("method")]
    public string? Method { get; set; }
}

/// <summary>A header or a claim that a request has, or has not.</summary>
public sealed class AuthorizationConditionSettings
{
    /// <summary>A request header's name, in any case.</summary>
    [JsonPropertyName("header")]
    public string? Header { get; set; }

    /// <summary>A claim of a verified token, with dots between names to go into objects.</summary>
    [JsonPropertyName("claim")]
    public string? Claim { get; set; }

    /// <summary>One must be equal, <c>*</c> standing for any run of characters; at most 64. Default: any value.</summary>
    [JsonPropertyName("values")]
    public IReadOnlyList<string>? Values { get; set; }

    /// <summary>It must not hold. Default: false.</summary>
    [JsonPropertyName("not")]
    public bool? Not { get; set; }
}
