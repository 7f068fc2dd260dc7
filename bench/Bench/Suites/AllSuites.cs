using Mesh.Bench.Load;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>Every suite, in the order of the report.</summary>
internal sealed class AllSuites : IAsyncDisposable
{
    private const int Kibibyte = 1 << 10;
    private const int Mebibyte = 1 << 20;

    private readonly List<IAsyncDisposable> _owned = [];

    public AllSuites(TimeProvider time) => All =
    [
        new CapacitySuite(new HttpTraffic(http2: false, Kibibyte), Rows.All, Rows.Few),
        new CapacitySuite(new HttpTraffic(http2: false, Kibibyte, connections: 4), Rows.TwoHops, quick: []),
        new CapacitySuite(new HttpTraffic(http2: false, Mebibyte), Rows.All, quick: []),
        new CapacitySuite(new HttpTraffic(http2: true, Kibibyte), Rows.All, Rows.OneHop),
        new CapacitySuite(new HttpTraffic(http2: true, Mebibyte), Rows.All, quick: []),
        new CapacitySuite(Own(new GrpcUnaryTraffic()), Rows.All, Rows.OneHop),
        new CapacitySuite(Own(new GrpcStreamTraffic(time)), Rows.All, Rows.OneHop),
        new CapacitySuite(Own(new TcpTraffic(TcpKind.RoundTrips, time)), Rows.All, Rows.OneHop),
        new CapacitySuite(Own(new TcpTraffic(TcpKind.Bulk, time)), Rows.All, quick: []),
        new CapacitySuite(Own(new TcpTraffic(TcpKind.Connections, time)), Rows.All, quick: []),
        new LatencySuite(),
        new MemorySuite(),
        new StartSuite(),
        new SteadySuite(),
        Own(new IdleSuite(http: false)),
        Own(new IdleSuite(http: true)),
        .. Enum.GetValues<ChurnKind>().Select(kind => Own(new ChurnSuite(kind, time))),
        new WebhookSuite(time),
        new IdentitySuite(time),
        new MicroSuite(),
    ];

    public IReadOnlyList<ISuite> All { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned) await owned.DisposeAsync();
    }

    private T Own<T>(T owned) where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
