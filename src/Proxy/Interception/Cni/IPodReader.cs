using System.Text.Json.Nodes;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>Reads pods from the API server.</summary>
internal interface IPodReader
{
    /// <returns>The pod; null where there is none of that name.</returns>
    /// <exception cref="CniException">It can't be read now.</exception>
    Task<JsonObject?> ReadAsync(CniSettings settings, string @namespace, string name, CancellationToken cancellationToken);

    /// <summary>Whether the API server answers.</summary>
    /// <exception cref="CniException">It doesn't.</exception>
    Task CheckAsync(CniSettings settings, CancellationToken cancellationToken);
}
