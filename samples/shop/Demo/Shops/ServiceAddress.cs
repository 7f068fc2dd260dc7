using System.Net;
using System.Net.Sockets;

namespace Shop.Demo.Shops;

/// <summary>
/// What a Service is without a mesh: one address whose connections each go to a replica at random, as kube-proxy's rules send
/// them. A replica that is gone stays in the draw; Kubernetes takes it out once its readiness probe failed three times (30 s).
/// </summary>
internal sealed class ServiceAddress : IAsyncDisposable
{
    private readonly IReadOnlyList<IPEndPoint> _replicas;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public ServiceAddress(IPEndPoint address, IReadOnlyList<IPEndPoint> replicas)
    {
        _replicas = replicas;
        _listener.Bind(address);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ConnectAsync(await _listener.AcceptAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ConnectAsync(Socket client)
    {
        using (client)
        using (var replica = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                await replica.ConnectAsync(_replicas[Random.Shared.Next(_replicas.Count)], _stop.Token);
                using var upstream = new NetworkStream(replica);
                using var downstream = new NetworkStream(client);
                await foreach (var ended in Task.WhenEach(RelayAsync(downstream, upstream, replica), RelayAsync(upstream, downstream, client))) await ended;
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                client.LingerState = new(true, 0); // closes with a reset, as the client would see the replica's
            }
        }
    }

    private async Task RelayAsync(NetworkStream from, NetworkStream to, Socket target)
    {
        await from.CopyToAsync(to, _stop.Token);
        target.Shutdown(SocketShutdown.Send);
    }
}
