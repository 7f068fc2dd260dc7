using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>A file of the runtime's network configuration, with the plugin's entry or without. Pure.</summary>
internal static class NetworkConfiguration
{
    private const string ListExtension = ".conflist";

    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file that the runtime goes by: the first by name (libcni, ConfFiles); null where there is none.</summary>
    public static string? FileInForce(IEnumerable<string> names) =>
        names.Where(name => Path.GetExtension(name) is ".conf" or ListExtension or ".json").Order(StringComparer.Ordinal).FirstOrDefault();

    /// <summary>Puts the entry last in the chain, in the place of an older one.</summary>
    /// <param name="name">The file's name: a single plugin's configuration becomes a list, which needs another.</param>
    /// <param name="text">What is in it.</param>
    /// <param name="entry">The plugin's.</param>
    /// <returns>The name and the text to be.</returns>
    /// <exception cref="InterceptionException">The file is no network configuration.</exception>
    public static (string Name, string Text) With(string name, string text, JsonObject entry)
    {
        var list = ToList(name, Parse(name, text));
        var plugins = (JsonArray)list["plugins"]!;
        var others = plugins.Where(plugin => !IsOurs(plugin)).Select(plugin => plugin?.DeepClone()).ToArray();
        var changed = (JsonObject)list.DeepClone();
        changed["plugins"] = new JsonArray([.. others, entry.DeepClone()]);
        // Byte for byte the same where nothing is to change, whatever its author's taste in white space.
        return JsonNode.DeepEquals(list, changed) && name.EndsWith(ListExtension, StringComparison.Ordinal)
            ? (name, text)
            : (Path.ChangeExtension(name, ListExtension), Write(changed));
    }

    /// <summary>Takes the entry out; null where there is none.</summary>
    public static string? Without(string name, string text)
    {
        if (Parse(name, text) is not { } list || list["plugins"] is not JsonArray plugins || !plugins.Any(IsOurs)) return null;
        list["plugins"] = new JsonArray([.. plugins.Where(plugin => !IsOurs(plugin)).Select(plugin => plugin?.DeepClone())]);
        return Write(list);
    }

    /// <summary>Whether the plugin is in the chain.</summary>
    public static bool Has(string name, string text) => Parse(name, text)["plugins"] is JsonArray plugins && plugins.Any(IsOurs);

    private static bool IsOurs(JsonNode? plugin) => plugin is JsonObject entry && (string?)entry["type"] == CniSettings.PluginType;

    private static JsonObject Parse(string name, string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new InterceptionException($"{name} is no JSON object");
        }
        catch (JsonException invalid)
        {
            throw new InterceptionException($"{name} is no JSON: {invalid.Message}");
        }
    }

    // Source: CNI specification, section 1: a list has the version and the name that a single plugin's configuration has itself.
    private static JsonObject ToList(string name, JsonObject configuration)
    {
        if (configuration["plugins"] is JsonArray) return configuration;
        if (!configuration.ContainsKey("type")) throw new InterceptionException($"{name} has neither plugins nor a type: it is no network configuration");
        var plugin = (JsonObject)configuration.DeepClone();
        var list = new JsonObject { ["cniVersion"] = plugin["cniVersion"]?.DeepClone(), ["name"] = plugin["name"]?.DeepClone() };
        plugin.Remove("cniVersion");
        plugin.Remove("name");
        list["plugins"] = new JsonArray(plugin);
        return list;
    }

    private static string Write(JsonObject configuration)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Format)) configuration.WriteTo(writer);
        return Encoding.UTF8.GetString(bytes.ToArray()) + "\n";
    }
}
