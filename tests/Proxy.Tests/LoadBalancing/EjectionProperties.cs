using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Mesh.Proxy.LoadBalancing;
using Microsoft.Extensions.Time.Testing;
using Breaker = Mesh.Proxy.CircuitBreaking.Breaker;

namespace Mesh.Proxy.Tests.LoadBalancing;

/// <summary>What holds of ejection whatever happens in whatever order.</summary>
public sealed class EjectionProperties
{
    private static readonly Gen<int> Sizes = Gen.Elements(1, 2, 3, 10, 100);

    // What happens, and to which endpoint, percentage or number of them it happens.
    private static readonly Gen<(string Name, int Value)[]> Histories = Gen.ArrayOf(Gen.Frequency<(string, int)>(
        (20, Gen.Choose(0, 99).Select(endpoint => ("fail", endpoint))),
        (4, Gen.Choose(0, 99).Select(endpoint => ("succeed", endpoint))),
        (6, Gen.Constant(("request", 0))),
        (3, Gen.Choose(1, 15).Select(seconds => ("wait", seconds))),
        (1, Sizes.Select(size => ("resize", size))),
        (1, Gen.Choose(0, 99).Select(endpoint => ("replace", endpoint))),
        (1, Gen.Choose(0, 100).Select(percent => ("cap", percent)))), 400);

    [Property(MaxTest = 200)]
    public Property Cap_IsNeverExceeded_AndWhatIsEjectedNeverPicked() => Prop.ForAll(
        (from size in Sizes from percent in Gen.Choose(0, 99) from history in Histories select (size, percent, history)).ToArbitrary(),
        run =>
        {
            var play = new Play(run.size, (uint)run.percent);
            foreach (var (name, value) in run.history)
            {
                play.Do(name, value);
                Assert.InRange(play.Out, 0, play.Limit);
            }
        });

    private sealed class Play
    {
        private readonly FakeTimeProvider _time = new();
        private readonly EndpointSet _set;
        private readonly Random _random = new(7);
        private int _made;
        private uint _percent;

        public Play(int size, uint percent)
        {
            _set = new(new Random(1), _time);
            _percent = percent;
            _set.Configure(BreakerPolicies.EjectingAfter(2, percent));
            _set.Replace([.. Enumerable.Range(0, size).Select(_ => New())]);
        }

        public int Out => _set.All.Count(endpoint => endpoint.State is EndpointState.Ejected or EndpointState.HalfOpen);

        public int Limit => _set.All.Count < 2 ? 0 : Math.Max(1, (int)(_set.All.Count * _percent / 100));

        public void Do(string name, int value)
        {
            switch (name)
            {
                case "fail":
                    Report(_set.All[value % _set.All.Count], 500);
                    break;
                case "succeed":
                    Report(_set.All[value % _set.All.Count], 200);
                    break;
                case "request":
                    Request();
                    break;
                case "wait":
                    _time.Advance(TimeSpan.FromSeconds(value));
                    break;
                case "resize":
                    _set.Replace([.. _set.All.Concat(Enumerable.Range(0, 100).Select(_ => New())).Take(value)]);
                    break;
                case "replace":
                    _set.Replace([.. _set.All.Where((_, i) => i != value % _set.All.Count), New()]);
                    break;
                case "cap":
                    _percent = (uint)value;
                    _set.Configure(BreakerPolicies.EjectingAfter(2, _percent));
                    break;
            }
        }

        private void Request()
        {
            var ejected = _set.All.Where(endpoint => endpoint.State == EndpointState.Ejected).ToHashSet();
            // With a cap of 100 % there may be nobody left.
            if (_set.Lease([]) is not { } lease)
            {
                Assert.Equal(_set.All.Count, Out);
                return;
            }
            Assert.DoesNotContain(lease.Endpoint, ejected);
            _set.Report(lease, new(AttemptEnd.Answered, _random.Next(2) == 0 ? 200 : 500, null, TimeSpan.Zero));
            lease.Endpoint.Release();
        }

        private void Report(LiveEndpoint endpoint, int status)
        {
            if (endpoint.State is EndpointState.Ejected or EndpointState.HalfOpen) return;
            var ticket = Breaker.NoTicket;
            endpoint.Breaker?.TryEnter(out ticket);
            _set.Report(new(endpoint, _set, endpoint.Breaker, ticket), new(AttemptEnd.Answered, status, null, TimeSpan.Zero));
        }

        private LiveEndpoint New() => Endpoints.One(++_made, _time);
    }
}
