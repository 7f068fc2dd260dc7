namespace Mesh.Proxy.LoadBalancing;

/// <summary>Each in turn, from a random start so that proxies don't march in step.</summary>
internal sealed class RoundRobinPicker(Random random) : IEndpointPicker
{
    private int _next = random.Next();

    public LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates) =>
        candidates[(int)((uint)Interlocked.Increment(ref _next) % (uint)candidates.Length)];
}
