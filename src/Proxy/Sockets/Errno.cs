using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.Sockets;

/// <summary>Why a system call failed, as Linux numbers it on x64 and arm64; negative, so that one result says either how much or why not.</summary>
internal static class Errno
{
    public const int Interrupted = -4;
    public const int WouldBlock = -11;
    public const int TooManyDescriptors = -23;
    public const int TooManyDescriptorsHere = -24;
    public const int BrokenPipe = -32;
    public const int AddressNotAvailable = -99;
    public const int NetworkUnreachable = -101;
    public const int ConnectionAborted = -103;
    public const int ConnectionReset = -104;
    public const int NoBuffers = -105;
    public const int TimedOut = -110;
    public const int ConnectionRefused = -111;
    public const int HostUnreachable = -113;
    public const int InProgress = -115;

    /// <param name="number">As the system has it, positive.</param>
    public static SocketException NewException(int number) => new((int)ErrorOf(-number), Marshal.GetPInvokeErrorMessage(number));

    private static SocketError ErrorOf(int error) => error switch
    {
        ConnectionRefused => SocketError.ConnectionRefused,
        ConnectionReset => SocketError.ConnectionReset,
        ConnectionAborted => SocketError.ConnectionAborted,
        TimedOut => SocketError.TimedOut,
        HostUnreachable => SocketError.HostUnreachable,
        NetworkUnreachable => SocketError.NetworkUnreachable,
        AddressNotAvailable => SocketError.AddressNotAvailable,
        TooManyDescriptors or TooManyDescriptorsHere => SocketError.TooManyOpenSockets,
        NoBuffers => SocketError.NoBufferSpaceAvailable,
        _ => SocketError.SocketError,
    };
}
