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
        if (EventLoop.Current is { } loop) return ConnectOnAsync(loop, address, timeout, time, check, cancellationToken);
        return ConnectAsync(address, timeout, time, (plain, _) =>
        {
            check?.Invoke((IPEndPoint)plain.Socket.RemoteEndPoint!);
            return new(plain);
        }, cancellationToken);
    }

    private static async ValueTask<Stream> ConnectOnAsync(
        EventLoop loop, IPEndPoint address, TimeSpan timeout, TimeProvider time, Action<IPEndPoint>? check, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            var socket = await TcpSocket.ConnectAsync(loop, address, either.Token);
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
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw NotInTime(timeout);
        }
    }

    /// <summary>Connects, and makes a stream of it.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="timeout">For connecting, and again for what finishes it: computing takes its own time.</param>
    /// <param name="time">The clock of the timeout.</param>
    /// <param name="finish">What HTTP is to speak over; the connection is closed where it fails.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SocketException">It could not be connected, or not in time.</exception>
    public static async ValueTask<Stream> ConnectAsync(
        IPEndPoint address, TimeSpan timeout, TimeProvider time, Func<NetworkStream, CancellationToken, ValueTask<Stream>> finish, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, either.Token);
            timer.CancelAfter(timeout);
            return await finish(new NetworkStream(socket, ownsSocket: true), either.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw NotInTime(timeout);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SocketException NotInTime(TimeSpan timeout) => new((int)SocketError.TimedOut, $"not connected within timeouts.connect ({timeout:g})");
}
