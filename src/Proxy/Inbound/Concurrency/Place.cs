namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>
/// One request's place among those in flight. It is given up while the client takes its time to send: an upload over a slow line,
/// or a call that streams for hours, keeps the application less busy than its place is worth. Once all has been sent it counts
/// again, though that may be one too many for a moment.
/// </summary>
internal sealed class Place(AdaptiveLimiter limiter, Cohort? cohort, long entered)
{
    private readonly Lock _lock = new();
    private Cohort? _cohort = cohort;
    private long _since = entered;
    private bool _counts = true;
    private bool _isSent;
    private bool _hasEnded;

    /// <summary>The application has the whole request: from here its time counts.</summary>
    public void Sent(long now)
    {
        lock (_lock)
        {
            (_since, _isSent) = (now, true);
            if (_counts || _hasEnded) return;
            limiter.Return();
            _counts = true;
        }
    }

    public bool IsSent
    {
        get
        {
            lock (_lock) return _isSent;
        }
    }

    public void GiveUpUnlessSent()
    {
        lock (_lock)
        {
            if (_isSent || _hasEnded) return;
            Leave();
            _cohort?.Leave();
            _cohort = null;
        }
    }

    public void End(PlaceEnd end)
    {
        lock (_lock)
        {
            Leave();
            _hasEnded = true;
        }
        if (_cohort is { } cohort) limiter.Observe(cohort, _since, end);
    }

    private void Leave()
    {
        if (!_counts) return;
        limiter.Exit();
        _counts = false;
    }
}
