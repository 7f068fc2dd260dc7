using Mesh.Api.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <summary>An authority that clients of one namespace ask for, shared by all their streams. Guarded by its <see cref="SubscriptionTable"/>.</summary>
internal sealed class AuthorityEntry(string clientNamespace, string text)
{
    public string ClientNamespace { get; } = clientNamespace;

    /// <summary>As the proxies wrote it.</summary>
    public string Text { get; } = text;

    /// <summary>Null where the text is no authority; that stands for nothing.</summary>
    public Authority? Authority { get; } = Api.Discovery.Authority.TryParse(text, out var authority) ? authority : null;

    /// <summary>The service whose changes may change what the authority stands for.</summary>
    public NamespacedName? Service { get; set; }

    /// <summary>What it stands for now; null where that is nothing.</summary>
    public DestinationEntry? Destination { get; set; }

    /// <summary>False until the first synced state: nothing has been said about it yet.</summary>
    public bool IsResolved { get; set; }

    public HashSet<Subscription> Subscriptions { get; } = [];
}
