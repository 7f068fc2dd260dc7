using System.Text.Json.Nodes;
using Mesh.Api.Injection;
using Mesh.Api.Resources;

namespace Mesh.Cli.Cluster;

/// <summary>Which image new sidecars get.</summary>
internal static class ProxyImages
{
    /// <summary>As the operator decides: MeshConfig's, else what the operator was told, else that of its own version.</summary>
    public static string Expected(ICluster cluster, JsonObject deployment)
    {
        if (cluster.Find(MeshConfig.KubePlural, MeshConfig.DefaultName).Text("spec", "proxy", "image") is { Length: > 0 } configured) return configured;
        var told = deployment.Objects("spec", "template", "spec", "containers").First().Objects("env").FirstOrDefault(e => e.Text("name") == "MESH_PROXY_IMAGE").Text("value");
        return told.Length > 0 ? told : SidecarOptions.DefaultImage[..(SidecarOptions.DefaultImage.LastIndexOf(':') + 1)] + Tag(OperatorImage(deployment));
    }

    /// <summary>The operator's own.</summary>
    public static string OperatorImage(JsonObject deployment) => deployment.Objects("spec", "template", "spec", "containers").First().Text("image");

    /// <summary>An image's tag; empty where it has none.</summary>
    public static string Tag(string image)
    {
        var name = image.Split('@')[0];
        var colon = name.LastIndexOf(':');
        // A colon before a slash is a registry's port.
        return colon > name.LastIndexOf('/') ? name[(colon + 1)..] : "";
    }
}
