using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>How a pod's connections come to its sidecar.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InterceptionMode>))]
public enum InterceptionMode
{
    /// <summary>An init container with the capability NET_ADMIN redirects them.</summary>
    Init,

    /// <summary>The CNI plugin redirects them; the pod needs no capability.</summary>
    Cni,

    /// <summary>Nothing redirects them: HTTP clients are pointed to the sidecar by the variable http_proxy.</summary>
    None,
}
