using System.Globalization;

namespace Mesh.Scale.Cluster;

/// <summary>How large a simulated cluster is.</summary>
internal sealed record ClusterSize(int Services, int Proxies)
{
    public const int EndpointsPerService = 20;
    public const int SubscriptionsPerProxy = 10;
    public const int ServicesPerNamespace = 50;
    public const int PodsPerNode = 50;

    /// <summary>One service in so many has a TrafficPolicy.</summary>
    public const int ServicesPerPolicy = 10;

    /// <summary>The rest of a service's endpoints is replaced while proxies stay.</summary>
    public const int MostProxiesPerService = EndpointsPerService / 2;

    /// <summary>Services that nobody calls: one change of theirs is all the work that a change is without proxies.</summary>
    public int Uncalled => Services / 20;

    public int Called => Services - Uncalled;

    public int Endpoints => Services * EndpointsPerService;

    /// <summary>Proxies that are told of one change.</summary>
    public double FanOut => (double)Proxies * SubscriptionsPerProxy / Called;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Services:#,##0} services, {Proxies:#,##0} proxies");
}
