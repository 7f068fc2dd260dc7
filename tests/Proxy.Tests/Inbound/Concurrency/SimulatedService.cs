using Mesh.Api.Discovery;
using Mesh.Proxy.Inbound.Concurrency;

namespace Mesh.Proxy.Tests.Inbound.Concurrency;

/// <summary>
/// A service that works on a known number of requests at a time, first come, first served, behind an adaptive limit: events in
/// virtual time, one after the other, the same in every run.
/// </summary>
internal sealed class SimulatedService
{
    private readonly Clock _time = new();
    private readonly Random _random = new(7);
    private readonly PriorityQueue<Action, long> _events = new();
    private readonly Queue<Action> _waiting = new();
    private int _working;

    public SimulatedService(int workers, TimeSpan serviceTime, int min = 4, int max = 1000)
    {
        (Workers, ServiceTime) = (workers, serviceTime);
        Limiter = new(new AdaptiveConcurrency { MinLimit = (uint)min, MaxLimit = (uint)max }, new Random(7), _time);
    }

    public AdaptiveLimiter Limiter { get; }

    /// <summary>Requests worked on at a time: the capacity.</summary>
    public int Workers { get; set; }

    /// <summary>The mean; single times are exponentially distributed.</summary>
    public TimeSpan ServiceTime { get; set; }

    /// <summary>After how long clients give up.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.MaxValue;

    /// <summary>Requests a second that it bears.</summary>
    public double Capacity => Workers / ServiceTime.TotalSeconds;

    /// <summary>Lets requests come at random moments for a while.</summary>
    /// <param name="rate">Requests a second, of all levels.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="levelOf">Each request's priority, drawn by a number below 1. Default: all alike.</param>
    public SimulatedPhase Run(double rate, TimeSpan duration, Func<double, PriorityLevel>? levelOf = null)
    {
        var phase = new SimulatedPhase(Capacity, duration);
        var end = _time.Now + duration.Ticks;
        void Arrive()
        {
            if (_time.Now >= end) return;
            After(Exponential(TimeSpan.FromSeconds(1 / rate)), Arrive);
            Send(levelOf?.Invoke(_random.NextDouble()) ?? PriorityLevel.Only, phase);
        }
        Arrive();
        while (_events.TryPeek(out _, out var due) && due < end) Step();
        phase.LimitAtEnd = Limiter.Limit;
        return phase;
    }

    private void Send(PriorityLevel level, SimulatedPhase phase)
    {
        phase.Arrived(Limiter.Limit);
        if (Limiter.TryEnter(level) is not { } place)
        {
            phase.Shed(level);
            return;
        }
        phase.Admitted(Limiter.InFlight);
        var entered = _time.GetTimestamp();
        var answered = false;
        void End(PlaceEnd end)
        {
            if (answered) return;
            answered = true;
            place.End(end);
            if (end is PlaceEnd.Answered) phase.Served(level, _time.GetElapsedTime(entered));
        }
        if (Patience < TimeSpan.MaxValue) After(Patience, () => End(PlaceEnd.Abandoned));
        Work(() => End(PlaceEnd.Answered));
    }

    private void Work(Action done)
    {
        if (_working >= Workers)
        {
            _waiting.Enqueue(done);
            return;
        }
        _working++;
        After(Exponential(ServiceTime), () =>
        {
            _working--;
            done();
            while (_working < Workers && _waiting.TryDequeue(out var next)) Work(next);
        });
    }

    private void After(TimeSpan delay, Action action) => _events.Enqueue(action, _time.Now + delay.Ticks);

    private void Step()
    {
        _events.TryDequeue(out var action, out var due);
        _time.Now = due;
        action!();
    }

    private TimeSpan Exponential(TimeSpan mean) => TimeSpan.FromTicks((long)(-Math.Log(1 - _random.NextDouble()) * mean.Ticks));

    // Set, and read, some million times a test.
    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
