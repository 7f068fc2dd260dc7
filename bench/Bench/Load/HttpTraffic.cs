using System.Net;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Load;

/// <summary>Requests that are answered with a body of a size.</summary>
/// <param name="http2">What is spoken.</param>
/// <param name="size">Bytes of the body.</param>
/// <param name="connections">Of the client's; null: as many as fill a core.</param>
internal sealed class HttpTraffic(bool http2, int size, int? connections = null) : ITraffic
{
    private const int Large = 256 * 1024;

    // So many connections, and requests at a time on each. Large answers need fewer to fill a core.
    private readonly (int Connections, int Streams) _load = (http2, size) switch
    {
        (true, < Large) => (connections ?? 32, 10),
        (true, _) => (connections ?? 4, 2),
        (false, < Large) => (connections ?? 32, 1),
        (false, _) => (connections ?? 8, 1),
    };

    public string Name => $"{(http2 ? "HTTP/2" : "HTTP/1.1")}, {(size < 1 << 20 ? $"{size >> 10} KiB" : $"{size >> 20} MiB")}{(connections is null ? "" : $", {connections} at a time")}";

    public string Description => $"GET over {_load.Connections} connections{(http2 ? $", {_load.Streams} at a time on each; nginx forwards by grpc_pass, the one way that it speaks HTTP/2 to a backend." : ".")}";

    public string Unit => "request";

    public Wire Wire => http2 ? Wire.Http2 : Wire.Http11;

    public async Task<IPEndPoint> StartBackendAsync(Stage stage, CancellationToken stop) => (await Nginx.StartBackendAsync(stage, stop, http2, size)).Address;

    public Task<double> RunAsync(IPEndPoint address, TimeSpan length, CancellationToken stop) =>
        H2Load.RunAsync(address, http2 ? ["-m", $"{_load.Streams}"] : ["--h1"], "/", _load.Connections, length, stop);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
