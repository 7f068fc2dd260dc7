namespace Mesh.Proxy.Listening;

/// <summary>A port that this proxy was told to listen on can't be had: another process has it, or the address isn't this host's.</summary>
internal sealed class PortUnavailableException(Port port, Exception innerException)
    : IOException(
        innerException is IOException
            ? $"{port.Requested} (for {port.Name}) is in use by another process: stop that process, or give another port."
            : $"{port.Requested} (for {port.Name}) can't be listened on: {innerException.Message}",
        innerException);
