using k8s.Models;

namespace Mesh.Api.Authorization;

/// <summary>What policies are applied to a pod by.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pod">What is known of it; null where it isn't known at all, so that its labels can't be told.</param>
/// <param name="Service">Finds a service of its namespace by name; null where there is none.</param>
/// <param name="Slices">The EndpointSlices of a service of its namespace.</param>
public sealed record WorkloadFacts(
    string Namespace, string Name, V1Pod? Pod, Func<string, V1Service?> Service, Func<string, IEnumerable<V1EndpointSlice>> Slices);
