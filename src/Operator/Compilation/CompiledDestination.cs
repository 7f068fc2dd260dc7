using System.Collections.Immutable;
using Mesh.Api.Discovery;
using Endpoint = Mesh.Api.Discovery.Endpoint;

namespace Mesh.Operator.Compilation;

/// <summary>All that a proxy needs to send to a destination.</summary>
/// <param name="Name">The destination.</param>
/// <param name="Policy">Merged, every default filled in.</param>
/// <param name="Endpoints">In order of address and port, each once.</param>
/// <param name="Version">A hash of all of the above; never 0.</param>
internal sealed record CompiledDestination(DestinationName Name, Policy Policy, ImmutableArray<Endpoint> Endpoints, ulong Version);
