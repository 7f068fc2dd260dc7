using Mesh.Scale.Cluster;
using Mesh.Scale.Measuring;

namespace Mesh.Scale;

/// <summary>What came of one size.</summary>
/// <param name="Size">Of the cluster.</param>
/// <param name="StreamsPerConnection">More than one where descriptors don't suffice for a connection each.</param>
/// <param name="Listing">From the operator's start until it knows the cluster.</param>
/// <param name="Connecting">All proxies at once, none of which knows anything.</param>
/// <param name="Idle">Nothing happens.</param>
/// <param name="Uncalled">Endpoints are replaced that no proxy subscribes to.</param>
/// <param name="Churn">Endpoints are replaced that proxies subscribe to.</param>
/// <param name="Restart">From the operator's second start until it knows the cluster.</param>
/// <param name="Storm">All proxies come back at once, and know what they had.</param>
/// <param name="Roll">Every pod is replaced, those of the proxies included; null where it was not played.</param>
/// <param name="Faults">What must not be.</param>
internal sealed record SizeResult(
    ClusterSize Size, int StreamsPerConnection, Phase Listing, Phase Connecting, Phase Idle, Phase Uncalled, Phase Churn, Phase Restart, Phase Storm, Phase? Roll, IReadOnlyList<string> Faults);
