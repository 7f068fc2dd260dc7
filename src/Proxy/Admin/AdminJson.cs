using System.Text.Json.Serialization;

namespace Mesh.Proxy.Admin;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ConfigPage))]
[JsonSerializable(typeof(DrainPage))]
internal sealed partial class AdminJson : JsonSerializerContext;
