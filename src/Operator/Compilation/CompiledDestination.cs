using System.Collections.Immutable;
using Mesh.Api.Discovery;
using Endpoint = Mesh.Api.Discovery.Endpoint;

namespace Mesh.Operator.Compilation;

/// <summary>All that a proxy needs to send to a destination, or to take for it what comes in.</summary>
/// <param name="Name">The destination.</param>
/// <param name="Policy">In force: merged, every default filled in.</param>
/// <param name="Shadow">What policies in mode Shadow would make of it; null where there are none.</param>
/// <param name="Protocol">What connections to it speak.</param>
/// <param name="Endpoints">In order of address and port, each once.</param>
/// <param name="Version">A hash of all of the above; never 0.</param>
internal sealed record CompiledDestination(
    DestinationName Name, Policy Policy, Policy? Shadow, AppProtocol Protocol, ImmutableArray<Endpoint> Endpoints, ulong Version)
{
    /// <summary>The policies that it is made from, in force or not.</summary>
    public IEnumerable<PolicySource> Sources => Policy.Sources.Concat(Shadow?.Sources ?? []);

    /// <summary>
    /// The same, with the objects of another version wherever their content is the same: those have been kept for long, and what was made
    /// anew is garbage at once, which costs least. A change of policy can be told by reference then, too.
    /// </summary>
    public CompiledDestination Sharing(CompiledDestination other)
    {
        var known = other.Endpoints.ToHashSet();
        return this with
        {
            Policy = Policy.Equals(other.Policy) ? other.Policy : Policy,
            Shadow = Equals(Shadow, other.Shadow) ? other.Shadow : Shadow,
            Endpoints = [.. Endpoints.Select(endpoint => known.TryGetValue(endpoint, out var same) ? same : endpoint)],
        };
    }
}
