namespace Mesh.Proxy.Listening;

/// <summary>How long a connection's first bytes are waited for.</summary>
/// <param name="anything">Of what may be anything.</param>
internal sealed class DetectionPatience(TimeSpan anything)
{
    /// <summary>
    /// How long a connection that can only be HTTP may stay undecided before a listener gets it, with its own timeouts: a client
    /// starved of CPU between connect and first byte is still understood.
    /// </summary>
    private static readonly TimeSpan Http = TimeSpan.FromSeconds(5);

    public TimeSpan With(ConnectionPlan plan) => plan.IsHttp ? Http : anything;
}
