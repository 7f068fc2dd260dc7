namespace Mesh.Proxy.LoadBalancing;

/// <summary>Any, each as likely as its weight.</summary>
internal sealed class RandomPicker(Random random) : IEndpointPicker
{
    public LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates, in PickContext context) => WeightedDraw.Draw(candidates, context, random);
}
