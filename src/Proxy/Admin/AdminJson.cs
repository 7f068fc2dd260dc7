using System.Text.Json.Serialization;

namespace Mesh.Proxy.Admin;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Readiness))]
internal sealed partial class AdminJson : JsonSerializerContext;
