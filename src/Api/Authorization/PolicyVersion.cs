using Mesh.Api.Resources;

namespace Mesh.Api.Authorization;

/// <summary>A policy as it is to be taken.</summary>
/// <param name="Policy">The policy; where it is not readable, as much of what it applies to as is.</param>
/// <param name="IsReadable">False: it refuses everything that it applies to.</param>
public sealed record PolicyVersion(AuthorizationPolicy Policy, bool IsReadable);
