using k8s.Autorest;

namespace Mesh.Operator;

internal static class KubernetesErrors
{
    /// <summary>What went wrong, in the API server's own words where it said any: the client's message leaves them out.</summary>
    public static string Describe(this Exception exception) => exception is HttpOperationException { Response: { } response }
        ? new KubernetesStatusException(response.StatusCode, response.Content ?? "").Message
        : exception.Message;
}
