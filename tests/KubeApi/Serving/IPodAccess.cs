namespace Mesh.KubeApi.Serving;

/// <summary>What an API server leaves to the node that a pod runs on.</summary>
public interface IPodAccess
{
    /// <summary>Serves <c>kubectl logs</c>.</summary>
    Task ServeLogAsync(HttpContext http, string @namespace, string pod);

    /// <summary>Serves <c>kubectl exec</c>, over a WebSocket.</summary>
    Task ServeExecAsync(HttpContext http, string @namespace, string pod);
}
