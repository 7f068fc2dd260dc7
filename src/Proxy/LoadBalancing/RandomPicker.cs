namespace Mesh.Proxy.LoadBalancing;

/// <summary>Any, all equally likely.</summary>
internal sealed class RandomPicker(Random random) : IEndpointPicker
{
    public LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates) => candidates[random.Next(candidates.Length)];
}
