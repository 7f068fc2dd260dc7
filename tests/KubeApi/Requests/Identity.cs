using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Requests;

/// <summary>The one user there is: an administrator, as kubeadm's kubeconfig has it.</summary>
internal static class Identity
{
    public static JsonObject UserInfo() => new()
    {
        ["username"] = "kubernetes-admin",
        ["groups"] = new JsonArray("system:masters", "system:authenticated"),
    };
}
