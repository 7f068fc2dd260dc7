using System.Net;

namespace Mesh.Bench.Peers;

/// <summary>Nothing in between.</summary>
internal sealed class Direct(IPEndPoint backend) : IPeer
{
    public string Name => "direct";

    public string? Beside => null;

    public IPEndPoint Address => backend;

    public IReadOnlyList<int> ProcessIds => [];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
