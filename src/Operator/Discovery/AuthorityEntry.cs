using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <summary>An authority that clients ask for to whom it means the same, shared by all their streams. Guarded by its <see cref="SubscriptionTable"/>.</summary>
internal sealed class AuthorityEntry(Client client, string text, Authority? authority)
{
    private SmallSet<Subscription> _subscriptions;

    public Client Client { get; } = client;

    /// <summary>As the proxies wrote it.</summary>
    public string Text { get; } = text;

    /// <summary>Null where the text is no authority; that stands for nothing.</summary>
    public Authority? Authority { get; } = authority;

    /// <summary>The services whose changes may change what the authority stands for.</summary>
    public IReadOnlyList<NamespacedName> Services { get; set; } = [];

    /// <summary>What it stands for now; null where that is nothing.</summary>
    public DestinationEntry? Destination { get; set; }

    /// <summary>False until the first synced state: nothing has been said about it yet.</summary>
    public bool IsResolved { get; set; }

    public ref SmallSet<Subscription> Subscriptions => ref _subscriptions;
}
