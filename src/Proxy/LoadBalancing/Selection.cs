namespace Mesh.Proxy.LoadBalancing;

/// <summary>What requests pick from, and how, until an endpoint or the policy changes. Immutable; made once for each change.</summary>
internal sealed class Selection
{
    private readonly int _heaviest;
    private readonly bool _isUneven;
    private readonly SlowStart _slowStart;
    private readonly long _slowUntil;
    private readonly ZoneSpillover? _spillover;

    /// <param name="picker">Chooses among equals.</param>
    public Selection(IEndpointPicker picker) => (All, Near, Far, Picker, NearPicker, FarPicker) = ([], [], [], picker, picker, picker);

    /// <param name="before">The one that this follows: its pickers may have prepared for these endpoints.</param>
    /// <param name="endpoints">All of the destination's.</param>
    /// <param name="zones">Which of them are near.</param>
    /// <param name="slowStart">For those that are new.</param>
    /// <param name="spillover">Null: no request leaves what is near while that is available.</param>
    public Selection(Selection before, LiveEndpoint[] endpoints, Zones zones, SlowStart slowStart, ZoneSpillover? spillover)
    {
        (All, Near, Far) = (endpoints, zones.Near, zones.Far);
        _spillover = Far.Length > 0 && zones.IsElastic ? spillover : null;
        Picker = before.Picker.For(All);
        NearPicker = Far.Length == 0 ? Picker : before.NearPicker.For(Near);
        FarPicker = _spillover is null ? Picker : before.FarPicker.For(Far);

        _heaviest = endpoints.Length == 0 ? 0 : endpoints.Max(endpoint => endpoint.Weight);
        _isUneven = endpoints.Any(endpoint => endpoint.Weight != _heaviest);
        _slowStart = slowStart;
        _slowUntil = slowStart.Ticks == 0 || endpoints.Length == 0 ? long.MinValue : endpoints.Max(slowStart.EndOf);
    }

    public LiveEndpoint[] All { get; }

    /// <summary>Those to use, as long as they can be: all, where zones make no difference.</summary>
    public LiveEndpoint[] Near { get; }

    /// <summary>All others.</summary>
    public LiveEndpoint[] Far { get; }

    public IEndpointPicker Picker { get; }

    public IEndpointPicker NearPicker { get; }

    public IEndpointPicker FarPicker { get; }

    /// <summary>Whether a request leaves its zone though there is an endpoint in it.</summary>
    public bool Spills(long now) => _spillover?.Spills(now) == true;

    /// <summary>An endpoint has answered, or not in time.</summary>
    public void Observe(LiveEndpoint endpoint, TimeSpan latency) => _spillover?.Observe(latency, IsFar(endpoint));

    /// <summary>An endpoint had no room for a request.</summary>
    public void ObserveShed(LiveEndpoint endpoint) => _spillover?.ObserveShed(IsFar(endpoint));

    public PickContext ContextAt(long now, ulong? key)
    {
        var isSlow = now < _slowUntil;
        return new() { Key = key, Now = now, Heaviest = isSlow || _isUneven ? _heaviest : 0, SlowStart = isSlow ? _slowStart : default };
    }

    /// <summary>Picks where every endpoint is available.</summary>
    public LiveEndpoint Pick(in PickContext context) =>
        Spills(context.Now) ? FarPicker.Pick(Far, context) : NearPicker.Pick(Near, context);

    private bool IsFar(LiveEndpoint endpoint) => Array.IndexOf(Far, endpoint) >= 0;
}
