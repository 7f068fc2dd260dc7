using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Authorization;

/// <summary>Whose request it is.</summary>
/// <param name="Info">As TokenReview and AdmissionReview say it: <c>username</c>, <c>groups</c> and the rest.</param>
internal sealed record User(JsonObject Info)
{
    private const string Masters = "system:masters";

    /// <summary>As kubeadm's kubeconfig has it.</summary>
    public static readonly User Administrator =
        new(new JsonObject { ["username"] = "kubernetes-admin", ["groups"] = new JsonArray(Masters, "system:authenticated") });

    public string Name { get; } = Info.Text("username") ?? "";

    public IReadOnlyList<string> Groups { get; } = Info["groups"].Deserialize<List<string>>() ?? [];

    /// <summary>Whether it may do anything, whatever roles say.</summary>
    public bool IsMaster => Groups.Contains(Masters);

    public static User Of(HttpContext http) => http.Features.Get<User>() ?? throw new InvalidOperationException("The request has not been authenticated.");
}
