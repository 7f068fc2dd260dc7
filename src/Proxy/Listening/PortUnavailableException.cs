namespace Mesh.Proxy.Listening;

/// <summary>Another process has a port that this proxy was told to listen on.</summary>
internal sealed class PortTakenException(Port port, Exception innerException)
    : IOException($"{port.Requested} (for {port.Name}) is in use by another process: stop that process, or give another port.", innerException);
