using System.Globalization;

namespace Mesh.Scale.Cluster;

/// <param name="Name">Of the pod.</param>
/// <param name="Address">Its IPv4 address as a number. Later pods have higher ones, so that an address tells how new an update is.</param>
internal sealed record SimulatedPod(string Name, uint Address)
{
    public string AddressText => string.Create(CultureInfo.InvariantCulture, $"{Address >> 24}.{(Address >> 16) & 255}.{(Address >> 8) & 255}.{Address & 255}");

    public string Node => string.Create(CultureInfo.InvariantCulture, $"node-{Address / ClusterSize.PodsPerNode % 1000}");
}
