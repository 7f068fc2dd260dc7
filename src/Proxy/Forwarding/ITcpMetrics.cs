namespace Mesh.Proxy.Forwarding;

/// <summary>Counts what is relayed to one upstream. Bytes are counted as they pass: connections may last for weeks.</summary>
internal interface ITcpMetrics
{
    void Opened();

    /// <param name="protocol"><c>tcp</c>, <c>tls</c> or <c>http</c>, as its first bytes said.</param>
    /// <param name="end">How it ended; null where it was not connected.</param>
    /// <param name="error">Why it was not connected.</param>
    void Closed(string protocol, RelayEnd? end, Routing.MeshErrorCode? error);

    /// <summary>Bytes from the client to the upstream.</summary>
    void Sent(int bytes);

    /// <summary>Bytes from the upstream to the client.</summary>
    void Received(int bytes);

    /// <summary>First bytes were waited for in vain.</summary>
    void TimedOutDetecting();

    /// <summary>A TLS client has said whom it wants.</summary>
    void SawServerName(string serverName);
}
