using System.Text.Json.Nodes;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>A failure that the runtime is told of, as JSON on standard output. Source: CNI specification, section 5, "Error".</summary>
internal sealed class CniException(CniErrorCode code, string message, string details = "") : Exception(message)
{
    public CniErrorCode Code => code;

    public JsonObject ToJson(string cniVersion) => new()
    {
        ["cniVersion"] = cniVersion,
        ["code"] = (int)code,
        ["msg"] = Message,
        ["details"] = details,
    };
}
