using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Opens HTTP's connections to an endpoint, within what the policy gives them.</summary>
internal static class EndpointSocket
{
    /// <summary>Shorter than what servers keep open (Kestrel: 130 s, many others 60 s), so that they seldom close under a request.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(50);

    /// <summary>Connects for HTTP/1.1: on the loop whose thread this is, so that the answer comes back to it; elsewhere by the framework's means.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="timeout">For connecting.</param>
    /// <param name="time">The clock of the timeout.</param>
    /// <param name="check">Given where it has come to, refuses by throwing; the connection is closed then.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SocketException">It could not be connected, or not in time.</exception>
    public static ValueTask<Stream> ConnectHttp1Async(IPEndPoint address, TimeSpan timeout, TimeProvider time, Action<IPEndPoint>? check, CancellationToken cancellationToken)
    {
        if (EventLoop.Current is { } loop) return WithinAsync(timeout, time, (_, either) => ConnectOnAsync(loop, address, check, either), cancellationToken);
        return ConnectAsync(address, timeout, time, (plain, _) =>
        {
            check?.Invoke((IPEndPoint)plain.Socket.RemoteEndPoint!);
            return new(plain);
        }, cancellationToken);
    }

    /// <summary>Connects on a loop, from its thread, and makes what is needed of it there.</summary>
    /// <param name="loop">Which.</param>
    /// <param name="address">Where to.</param>
    /// <param name="timeout">For connecting, and again for what finishes it.</param>
    /// <param name="time">The clock of the timeout.</param>
    /// <param name="finish">What HTTP is to speak over; it closes the connection where it fails.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SocketException">It could not be connected, or not in time.</exception>
    public static ValueTask<T> ConnectOnAsync<T>(
        EventLoop loop, IPEndPoint address, TimeSpan timeout, TimeProvider time, Func<TcpSocket, CancellationToken, Task<T>> finish, CancellationToken cancellationToken) =>
        WithinAsync(timeout, time, async (timer, either) =>
        {
            var socket = await TcpSocket.ConnectAsync(loop, address, either);
            timer.CancelAfter(timeout);
            try
            {
                return await finish(socket, either);
            }
            catch (SocketException failure) when (either.IsCancellationRequested)
            {
                throw new OperationCanceledException(failure.Message, failure, either);
            }
        }, cancellationToken);

    /// <summary>Connects, and makes a stream of it.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="timeout">For connecting, and again for what finishes it: computing takes its own time.</param>
    /// <param name="time">The clock of the timeout.</param>
    /// <param name="finish">What HTTP is to speak over; the connection is closed where it fails.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SocketException">It could not be connected, or not in time.</exception>
    public static ValueTask<Stream> ConnectAsync(
        IPEndPoint address, TimeSpan timeout, TimeProvider time, Func<NetworkStream, CancellationToken, ValueTask<Stream>> finish, CancellationToken cancellationToken) =>
        WithinAsync(timeout, time, async (timer, either) =>
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, either);
                timer.CancelAfter(timeout);
                return await finish(new NetworkStream(socket, ownsSocket: true), either);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }, cancellationToken);

    private static async ValueTask<Stream> ConnectOnAsync(EventLoop loop, IPEndPoint address, Action<IPEndPoint>? check, CancellationToken cancellationToken)
    {
        var socket = await TcpSocket.ConnectAsync(loop, address, cancellationToken);
        var stream = new LoopStream(socket);
        try
        {
            check?.Invoke(socket.RemoteEndPoint);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static async ValueTask<T> WithinAsync<T>(
        TimeSpan timeout, TimeProvider time, Func<CancellationTokenSource, CancellationToken, ValueTask<T>> connect, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await connect(timer, either.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut, $"not connected within timeouts.connect ({timeout:g})");
        }
    }
}
