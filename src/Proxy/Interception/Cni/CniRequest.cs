using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>What the container runtime asks: an operation with parameters in the environment, and the configuration on standard input.</summary>
internal sealed class CniRequest
{
    /// <summary>The versions of the specification that the plugin speaks: from 0.3.1 on plugins are chained as they are today.</summary>
    public static readonly IReadOnlyList<string> Versions = ["0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    private readonly Func<string, string?> _environment;

    private CniRequest(Func<string, string?> environment, JsonObject configuration) => (_environment, Configuration) = (environment, configuration);

    public JsonObject Configuration { get; }

    public string Command => Required("CNI_COMMAND");

    public string ContainerId => Required("CNI_CONTAINERID");

    /// <summary>A file that stands for the pod's network namespace; null where DEL comes after its end.</summary>
    public string? Namespace => _environment("CNI_NETNS") is { Length: > 0 } path ? path : null;

    public string Version => (string?)Configuration["cniVersion"] ?? "0.1.0";

    /// <exception cref="CniException">The configuration is none, or its version is not spoken here.</exception>
    public static CniRequest Read(Func<string, string?> environment, string input)
    {
        var request = new CniRequest(environment, Parse(input));
        if (request.Command is not "VERSION" && !Versions.Contains(request.Version))
        {
            throw new CniException(CniErrorCode.IncompatibleVersion, $"cniVersion: found \"{request.Version}\", expected one of {string.Join(", ", Versions)}");
        }
        return request;
    }

    /// <exception cref="CniException">It is not set.</exception>
    public string Required(string variable) => _environment(variable) is { Length: > 0 } value
        ? value
        : throw new CniException(CniErrorCode.InvalidEnvironment, $"{variable} is not set{(_environment("CNI_COMMAND") is { Length: > 0 } command ? $", and {command} needs it" : "")}");

    /// <summary>One of the runtime's arguments, such as K8S_POD_NAME, from <c>KEY=VALUE;KEY=VALUE</c> in CNI_ARGS; null where it is not given.</summary>
    public string? Argument(string key) =>
        (_environment("CNI_ARGS") ?? "").Split(';').FirstOrDefault(argument => argument.StartsWith($"{key}=", StringComparison.Ordinal)) is { } found
            && found.Length > key.Length + 1 ? found[(key.Length + 1)..] : null;

    /// <summary>What the plugins before this one came to.</summary>
    /// <exception cref="CniException">There is none: this plugin makes no interface, it comes after one that does.</exception>
    public JsonObject PreviousResult() => Configuration["prevResult"] as JsonObject
        ?? throw new CniException(CniErrorCode.InvalidConfiguration, "prevResult is missing: this plugin is chained after one that makes the pod's interface");

    private static JsonObject Parse(string input)
    {
        try
        {
            return JsonNode.Parse(input) as JsonObject ?? throw new CniException(CniErrorCode.Undecodable, "the configuration is no JSON object");
        }
        catch (JsonException invalid)
        {
            throw new CniException(CniErrorCode.Undecodable, "the configuration is no JSON", invalid.Message);
        }
    }
}
