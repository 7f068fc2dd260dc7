using System.Text;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Kinds;

/// <summary>Secrets take plain text in stringData and keep it encoded in data.</summary>
internal sealed class SecretRules : KindRules
{
    public override void Default(JsonObject value)
    {
        value.Default("type", "Opaque");
        if (value["stringData"] is not JsonObject plain) return;
        value.Default("data", new JsonObject());
        foreach (var (key, text) in plain) value["data"]![key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text?.ToString() ?? ""));
        value.Remove("stringData");
    }
}
