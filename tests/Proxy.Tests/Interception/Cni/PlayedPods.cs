using System.Text.Json.Nodes;
using Mesh.Proxy.Interception.Cni;

namespace Mesh.Proxy.Tests.Interception.Cni;

/// <summary>An API server with one pod, or none, or none that answers.</summary>
internal sealed class PlayedPods(JsonObject? pod = null, bool reachable = true) : IPodReader
{
    public List<string> Asked { get; } = [];

    public Task<JsonObject?> ReadAsync(CniSettings settings, string @namespace, string name, CancellationToken cancellationToken)
    {
        Asked.Add($"{@namespace}/{name}");
        return reachable ? Task.FromResult(pod) : throw Unreachable();
    }

    public Task CheckAsync(CniSettings settings, CancellationToken cancellationToken) => reachable ? Task.CompletedTask : throw Unreachable();

    private static CniException Unreachable() => new(CniErrorCode.TryAgainLater, "no answer");
}
