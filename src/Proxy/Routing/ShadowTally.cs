using System.Text.Json;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Routing;

/// <summary>Counts what a destination's shadow policy would have done: in all, for metrics, and since the last report, for the operator.</summary>
internal sealed class ShadowTally(string destination)
{
    private const int MostEndpoints = 10;

    private static readonly string[] Names = [.. Enum.GetNames<ShadowEffect>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    private readonly long[] _counts = new long[Names.Length];
    private readonly long[] _reported = new long[Names.Length];
    private readonly HashSet<string> _ejected = new(StringComparer.Ordinal);
    private long _requests;
    private long _requestsReported;

    public string Destination { get; } = destination;

    /// <summary>Requests that the policy was tried on.</summary>
    public long Requests => Volatile.Read(ref _requests);

    public void CountRequest() => Interlocked.Increment(ref _requests);

    public void Count(ShadowEffect effect) => Interlocked.Increment(ref _counts[(int)effect]);

    /// <param name="endpoint"><c>10.0.0.7:8080</c>.</param>
    public void CountEjection(string endpoint)
    {
        Count(ShadowEffect.Eject);
        lock (_ejected)
        {
            if (_ejected.Count < MostEndpoints) _ejected.Add(endpoint);
        }
    }

    /// <summary>Every decision that has been counted, by name.</summary>
    public IEnumerable<(string Decision, long Count)> Decisions()
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (Volatile.Read(ref _counts[i]) is var count and > 0) yield return (Names[i], count);
        }
    }

    /// <summary>What has been counted since the last report, which it counts as reported. One caller at a time.</summary>
    /// <returns>Null where that is nothing.</returns>
    public ShadowReport? TakeReport(ulong version)
    {
        var requests = Requests;
        var report = new ShadowReport { Destination = Destination, Version = version, Requests = (ulong)(requests - _requestsReported) };
        if (report.Requests == 0) return null;
        _requestsReported = requests;
        for (var i = 0; i < Names.Length; i++)
        {
            var count = Volatile.Read(ref _counts[i]);
            if (count > _reported[i]) report.Decisions.Add(new ShadowDecision { Decision = Names[i], Count = (ulong)(count - _reported[i]), Endpoints = { EndpointsOf((ShadowEffect)i) } });
            _reported[i] = count;
        }
        return report;
    }

    /// <summary>A report that was lost: its counts are due again. Called as <see cref="TakeReport"/> is.</summary>
    public void Return(ShadowReport report)
    {
        _requestsReported -= (long)report.Requests;
        foreach (var decision in report.Decisions)
        {
            _reported[Array.IndexOf(Names, decision.Decision)] -= (long)decision.Count;
            lock (_ejected) _ejected.UnionWith(decision.Endpoints.Take(MostEndpoints - _ejected.Count));
        }
    }

    private string[] EndpointsOf(ShadowEffect effect)
    {
        if (effect is not ShadowEffect.Eject) return [];
        lock (_ejected)
        {
            string[] endpoints = [.. _ejected.Order(StringComparer.Ordinal)];
            _ejected.Clear();
            return endpoints;
        }
    }
}
