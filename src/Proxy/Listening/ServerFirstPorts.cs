using System.Collections.Frozen;

namespace Mesh.Proxy.Listening;

/// <summary>Ports whose protocols have the server speak first, or are no HTTP though they look like it: nothing is waited for there.</summary>
internal static class ServerFirstPorts
{
    // SMTP and submission, MySQL, Galera, PostgreSQL, Redis, Elasticsearch's transport, memcached: as Linkerd has them by default.
    private static readonly FrozenSet<int> Ports = new[] { 25, 587, 3306, 4444, 5432, 6379, 9300, 11211 }.ToFrozenSet();

    public static bool Contains(int port) => Ports.Contains(port);
}
