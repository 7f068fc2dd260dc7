using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Mesh.Proxy.Interception;

/// <summary>
/// Connects to addresses that exist nowhere, in the place of the proxy: whoever answers with the word that this probe gave out is this probe, so
/// the connection was redirected.
/// </summary>
internal static class RedirectionProbe
{
    // Set aside for documentation: RFC 5737 and RFC 3849, RFC 9637.
    private static readonly (string Family, IPAddress Loopback, IPAddress[] Nowhere)[] Families =
    [
        ("IPv4", IPAddress.Loopback, [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("198.51.100.1"), IPAddress.Parse("203.0.113.1")]),
        ("IPv6", IPAddress.IPv6Loopback, [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("3fff::1")]),
    ];

    /// <returns>The families that were tried, for people: those that the pod has a route for.</returns>
    /// <exception cref="InterceptionException">A family's connections are not redirected, or that can't be told.</exception>
    public static async Task<string> RunAsync(InterceptionRules rules, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var verified = new List<string>();
        foreach (var (family, loopback, nowhere) in Families)
        {
            if (Target(rules, nowhere) is not { } target || !HasRoute(target)) continue;
            if (!await ArrivesAsync(new(loopback, rules.OutboundPort), target, timeout, cancellationToken))
            {
                throw new InterceptionException(
                    $"connections over {family} do not go to the proxy: one to {target} did not arrive at port {rules.OutboundPort}. The CNI plugin was probably not on this "
                    + "node when the pod started (kubectl -n mesh-cni get pods -o wide): delete the pod, so that it is started anew");
            }
            verified.Add(family);
        }
        return verified.Count > 0 ? string.Join(" and ", verified) : throw new InterceptionException("there is no route that a connection to be redirected could take");
    }

    private static IPEndPoint? Target(InterceptionRules rules, IPAddress[] nowhere)
    {
        var address = nowhere.FirstOrDefault(address => !rules.SkipOutboundCidrs.Any(cidr => cidr.Contains(address)));
        var port = Enumerable.Range(1, ushort.MaxValue).FirstOrDefault(port => !rules.SkipOutboundPorts.Any(range => range.Contains(port)));
        return address is null || port is 0 ? null : new(address, port);
    }

    // Connecting a datagram socket sends nothing: it looks the route up.
    private static bool HasRoute(IPEndPoint target)
    {
        try
        {
            using var socket = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(target);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<bool> ArrivesAsync(IPEndPoint proxy, IPEndPoint target, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var listener = Listen(proxy);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout);
        var word = RandomNumberGenerator.GetBytes(16);
        var answering = AnswerAsync(listener, word, patience.Token);
        try
        {
            using var client = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(target, patience.Token);
            await using var stream = new NetworkStream(client);
            var heard = new byte[word.Length];
            return await stream.ReadAtLeastAsync(heard, heard.Length, throwOnEndOfStream: false, patience.Token) == word.Length && heard.SequenceEqual(word);
        }
        catch (Exception failure) when (failure is SocketException or IOException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
        finally
        {
            await patience.CancelAsync();
            await answering;
        }
    }

    private static Socket Listen(IPEndPoint proxy)
    {
        var listener = new Socket(proxy.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(proxy);
            listener.Listen();
            return listener;
        }
        catch (SocketException failure)
        {
            listener.Dispose();
            throw new InterceptionException($"{proxy} can't be listened on, where the proxy will: {failure.Message}. This check is for before the proxy starts");
        }
    }

    private static async Task AnswerAsync(Socket listener, byte[] word, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = await listener.AcceptAsync(cancellationToken);
            await connection.SendAsync(word, cancellationToken);
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException)
        {
        }
    }
}
