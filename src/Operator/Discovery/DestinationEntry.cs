using Mesh.Operator.Compilation;

namespace Mesh.Operator.Discovery;

/// <summary>A destination that someone is subscribed to. Guarded by its <see cref="SubscriptionTable"/>.</summary>
internal sealed class DestinationEntry(DestinationName name, DestinationVersion current)
{
    public DestinationName Name { get; } = name;

    /// <summary>The name as messages carry it.</summary>
    public string Text { get; } = name.ToString();

    public DestinationVersion Current { get; set; } = current;

    public Dictionary<ProxyStream, StreamDestination> Streams { get; } = [];
}
