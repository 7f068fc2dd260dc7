using System.Text.Json.Serialization;

namespace Mesh.Proxy.Admin;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ConfigPage))]
internal sealed partial class AdminJson : JsonSerializerContext;
