using System.Net;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>One proxy before one recording application, for all of the corpus.</summary>
public sealed class CorpusRoute : IAsyncLifetime
{
    private PlayedDestination? _destination;
    private TestProxy? _proxy;

    internal RecordingApplication Application { get; } = new();

    public async ValueTask InitializeAsync()
    {
        _destination = new(Application.Address);
        // A busy machine may be late with the first bytes, and what is late is taken for TCP.
        _proxy = await TestProxy.StartAsync(_ => _destination.Destination, Application.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy!.DisposeAsync();
        _destination!.Dispose();
        await Application.DisposeAsync();
    }

    internal IPEndPoint Port(string name) => name switch
    {
        "inbound" => _proxy!.Inbound,
        "outbound" => _proxy!.Outbound,
        _ => _proxy!.CatalogPort,
    };
}
