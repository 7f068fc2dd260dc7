namespace Mesh.Proxy.Sockets;

/// <summary>The event loops of this process: one for each core, of which a sidecar has few.</summary>
internal sealed class EventLoops : IDisposable
{
    private const int MostLoops = 4;

    public IReadOnlyList<EventLoop> All { get; } =
        [.. Enumerable.Range(0, Math.Min(Environment.ProcessorCount, MostLoops)).Select(number => new EventLoop($"sockets {number}"))];

    public void Dispose()
    {
        foreach (var loop in All) loop.Dispose();
    }
}
