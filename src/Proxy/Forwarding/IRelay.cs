namespace Mesh.Proxy.Forwarding;

/// <summary>Carries bytes between two connections of one loop until both sides have sent all.</summary>
internal interface IRelay
{
    /// <summary>Bytes that have passed, both ways together: what an idle timeout watches.</summary>
    long Passed { get; }

    /// <summary>Relays to the end, on the loop's thread, and closes both connections.</summary>
    Task<RelayEnd> RunAsync();

    /// <summary>Ends it at once: both sides see a reset.</summary>
    void Abort(RelayEnd end);
}
