using System.Net.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>A port that this proxy was told to listen on can't be had: another process has it, or the address isn't this host's.</summary>
internal sealed class PortUnavailableException(Port port, SocketException innerException)
    : IOException(
        innerException.SocketErrorCode is SocketError.AddressAlreadyInUse
            ? $"{port.Requested} (for {port.Name}) is in use by another process: stop that process, or give another port."
            : $"{port.Requested} (for {port.Name}) can't be listened on: {innerException.Message}",
        innerException);
