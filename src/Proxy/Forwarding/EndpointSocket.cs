using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Opens HTTP's connections to an endpoint, within what the policy gives them.</summary>
internal static class EndpointSocket
{
    /// <summary>Shorter than what servers keep open (Kestrel: 130 s, many others 60 s), so that they seldom close under a request.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(50);

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
            throw new SocketException((int)SocketError.TimedOut, $"not connected within timeouts.connect ({timeout:g})");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
