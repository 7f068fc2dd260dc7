using System.Net;
using System.Net.Sockets;

namespace Mesh.Rig.Pods;

/// <summary>The ports that every pod of a run uses, each on its own address, and the operator's.</summary>
/// <param name="Application">Where the service listens.</param>
/// <param name="Control">Where a service that fails on demand is told how.</param>
/// <param name="Inbound">Where its sidecar listens for it.</param>
/// <param name="Outbound">Where its sidecar listens to it.</param>
/// <param name="ProxyAdmin">Where the sidecar tells of itself.</param>
/// <param name="Discovery">Where the operator listens to sidecars.</param>
/// <param name="OperatorAdmin">Where the operator tells of itself.</param>
internal sealed record Ports(int Application, int Control, int Inbound, int Outbound, int ProxyAdmin, int Discovery, int OperatorAdmin)
{
    private static readonly Ports Preferred = new(8080, 8081, 15006, 15001, 15000, 15010, 15014);

    /// <summary>The usual ports, or where one is taken on any of the addresses, the next that is free on all.</summary>
    public static Ports Free(IReadOnlyList<IPAddress> addresses, Func<IPEndPoint, bool> isFree)
    {
        var taken = new HashSet<int>();
        return new(Next(Preferred.Application), Next(Preferred.Control), Next(Preferred.Inbound), Next(Preferred.Outbound),
            Next(Preferred.ProxyAdmin), Next(Preferred.Discovery), Next(Preferred.OperatorAdmin));

        int Next(int preferred)
        {
            var port = preferred;
            while (taken.Contains(port) || !addresses.All(address => isFree(new(address, port)))) port++;
            taken.Add(port);
            return port;
        }
    }

    /// <summary>Whether nobody listens there, on that address or on all.</summary>
    public static bool IsFree(IPEndPoint endpoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
