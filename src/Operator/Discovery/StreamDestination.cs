namespace Mesh.Operator.Discovery;

/// <summary>Where one stream is with one destination. Guarded by its <see cref="SubscriptionTable"/>.</summary>
internal sealed class StreamDestination(DestinationEntry destination)
{
    // Null while all was answered, which is nearly always.
    private Queue<DestinationVersion>? _unanswered;
    private SmallSet<Subscription> _subscriptions;

    public DestinationEntry Destination { get; } = destination;

    /// <summary>The subscriptions that resolve to it; the stream is done with the destination when the last goes.</summary>
    public ref SmallSet<Subscription> Subscriptions => ref _subscriptions;

    /// <summary>What the next delta builds on: the version sent last. Null: the next update is whole.</summary>
    public DestinationVersion? Base { get; private set; }

    /// <summary>The proxy routes by this version.</summary>
    public DestinationVersion? Acknowledged
    {
        get;
        private set
        {
            // Only reports on shadow policies may still speak of it, and it would keep all of the destination's former self.
            if (field?.Version != value?.Version) AcknowledgedBefore = field?.Compiled.Shadow is null ? null : field;
            field = value;
        }
    }

    private DestinationVersion? AcknowledgedBefore { get; set; }

    /// <summary>Why the proxy can't use the version sent last; null where it can, or has not said.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The proxy refused a delta, which may have met another base than it was made for: the whole is due.</summary>
    public bool OwesWhole => Base is null && LastWasDelta;

    private bool LastWasDelta { get; set; }

    private bool IsFirst { get; set; } = true;

    /// <summary>What to send now; null where the proxy has the current version.</summary>
    public Outgoing? Next(int unansweredVersions)
    {
        var current = Destination.Current;
        if (Base?.Version == current.Version) return null;
        if (IsFirst)
        {
            IsFirst = false;
            if (Subscriptions.Any(subscription => subscription.Knows(Destination.Text, current.Version)))
            {
                Base = Acknowledged = current;
                return null;
            }
        }
        var next = new Outgoing(current, Base);
        LastWasDelta = Base is not null;
        Base = current;
        (_unanswered ??= new(1)).Enqueue(current);
        if (_unanswered.Count > unansweredVersions) _unanswered.Dequeue();
        return next;
    }

    /// <summary>A version that the proxy may have routed by a moment ago; null where it can't have.</summary>
    public DestinationVersion? Routed(ulong version) =>
        Acknowledged?.Version == version ? Acknowledged
        : AcknowledgedBefore?.Version == version ? AcknowledgedBefore
        : _unanswered?.FirstOrDefault(sent => sent.Version == version);

    /// <returns>False where this version was never sent, or has been answered.</returns>
    public bool Acknowledge(ulong version)
    {
        if (Answer(version) is not { } answered) return false;
        Acknowledged = answered;
        Refusal = null;
        return true;
    }

    /// <returns>False where this version was never sent, or has been answered.</returns>
    public bool Refuse(ulong version, string reason)
    {
        if (Answer(version) is null) return false;
        // What came after a refused version builds on something that the proxy does not have: its own refusal will follow.
        if (Base?.Version != version) return true;
        Base = null;
        if (!LastWasDelta) Refusal = reason;
        return true;
    }

    private DestinationVersion? Answer(ulong version)
    {
        if (_unanswered is null || _unanswered.All(sent => sent.Version != version)) return null;
        DestinationVersion answered;
        do answered = _unanswered.Dequeue();
        while (answered.Version != version);
        if (_unanswered.Count == 0) _unanswered = null;
        return answered;
    }
}
