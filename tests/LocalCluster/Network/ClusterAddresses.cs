using System.Net;

namespace Mesh.LocalCluster.Network;

/// <summary>Who is where. The services' range is the stand-in API server's.</summary>
internal static class ClusterAddresses
{
    public static readonly IPAddress Node = IPAddress.Parse("10.244.0.1");

    public static readonly IPAddress ApiService = IPAddress.Parse("10.96.0.1");

    public static readonly IPAddress Dns = IPAddress.Parse("10.96.0.10");

    public const string Services = "10.96.0.0/16";

    /// <summary>The address of the pod that was made as the <paramref name="number"/>th, from 1.</summary>
    public static IPAddress Pod(int number) => new([10, 244, (byte)(1 + number / 250), (byte)(1 + number % 250)]);
}
