using Mesh.Api.Discovery;

namespace Mesh.Proxy.Routing;

/// <summary>A policy that is tried on live traffic and changes nothing.</summary>
/// <param name="Policy">What would be in force.</param>
/// <param name="Tally">Counts what it would have done.</param>
internal sealed record ShadowPolicy(Policy Policy, ShadowTally Tally);
