using k8s;
using k8s.Models;
using Mesh.Api.Injection;

namespace Mesh.Operator.Injection;

/// <summary>Refuses containers that join a pod later and run as the proxy's user: what they open would go past the mesh.</summary>
internal sealed class DebugContainerWebhook : IAdmissionWebhook
{
    public string Name => "debug";

    /// <summary>The API server asks about such containers alone.</summary>
    public bool AdmitsOnFailure => false;

    public ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind is not { Group: "", Kind: V1Pod.KubeKind } || request.Subresource != "ephemeralcontainers") return new(new AdmissionResponse { Allowed = true });
        var pod = KubernetesJson.Deserialize<V1Pod>(request.Object);
        return new(PodInjector.DebugRefusal(pod) is { } reason
            ? AdmissionResponse.Deny(StatusCodes.Status422UnprocessableEntity, "Invalid", reason)
            : new AdmissionResponse { Allowed = true });
    }
}
