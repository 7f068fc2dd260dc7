using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>A policy's faults: the first whose conditions hold decides, by its share.</summary>
internal sealed class FaultRules(IEnumerable<Fault> faults, Random random)
{
    private const int AllRequests = 10_000;

    private readonly (Fault Fault, RequestMatcher Matcher)[] _faults = [.. faults.Select(fault => (fault, new RequestMatcher(fault.Match)))];

    /// <returns>What is to be injected; null: nothing.</returns>
    public Fault? Draw(HttpRequestMessage request, Caller caller)
    {
        foreach (var (fault, matcher) in _faults)
        {
            if (matcher.Matches(request, caller)) return random.Next(AllRequests) < fault.Share ? fault : null;
        }
        return null;
    }
}
