using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>HAProxy with one thread, as a relay for HTTP or TCP; or two of them, one behind the other.</summary>
internal sealed class HAProxy(string name, IPEndPoint address, IReadOnlyList<ChildProcess> hops) : IPeer
{
    // Over HTTP/2 no reason phrase comes, and h2load takes a status line without one for no answer.
    private const string Reason = "http-response set-status 200 reason OK";

    public string Name => name;

    public string? Beside => null;

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [.. hops.Select(hop => hop.Id)];

    public static async Task<IPeer> StartAsync(Stage stage, Wire wire, IPEndPoint backend, CancellationToken stop)
    {
        var (command, address) = Prepare(stage, wire, backend);
        return new HAProxy("HAProxy", address, [await stage.StartAsync(command, Cores.Measured, address, stop)]);
    }

    /// <summary>The command that starts one hop, and where it will listen.</summary>
    public static (Command Command, IPEndPoint Address) Prepare(Stage stage, Wire wire, IPEndPoint backend)
    {
        var address = Stage.FreeAddress();
        var protocol = Protocol(wire);
        return (CommandFor(stage, "haproxy", Config(wire, $"{address} {protocol}", $"{backend} {protocol}")), address);
    }

    /// <summary>Two hops.</summary>
    public static async Task<IPeer> StartPairAsync(Stage stage, Wire wire, IPEndPoint backend, CancellationToken stop)
    {
        var protocol = Protocol(wire);
        return await StartPairAsync(stage, "HAProxy, two hops", wire, backend, protocol, protocol, "", stop);
    }

    /// <summary>Two hops with TLS 1.3 between them, both verified; HTTP/2 for requests.</summary>
    public static async Task<IPeer> StartMutualTlsPairAsync(Stage stage, Wire wire, IPEndPoint backend, CancellationToken stop)
    {
        var certificates = new PairCertificates(stage);
        var alpn = wire.IsRelayed() ? "" : "alpn h2";
        return await StartPairAsync(stage, "HAProxy, two hops, mTLS", wire, backend,
            $"ssl crt {certificates.Server} ca-file {certificates.Anchor} verify required ssl-min-ver TLSv1.3 {alpn}",
            $"ssl crt {certificates.Client} ca-file {certificates.Anchor} verify required ssl-min-ver TLSv1.3 {alpn}",
            wire is Wire.Http11 ? Reason : "", stop);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hop in hops) await hop.DisposeAsync();
    }

    private static async Task<IPeer> StartPairAsync(Stage stage, string name, Wire wire, IPEndPoint backend, string accepts, string connects, string rule, CancellationToken stop)
    {
        var (between, address) = (Stage.FreeAddress(), Stage.FreeAddress());
        var protocol = Protocol(wire);
        var file = name.Replace(", ", "-").Replace(' ', '-');
        var server = await StartAsync(stage, $"{file}-server", Config(wire, $"{between} {accepts}", $"{backend} {protocol}"), between, stop);
        var client = await StartAsync(stage, $"{file}-client", Config(wire, $"{address} {protocol}", $"{between} {connects}", rule), address, stop);
        return new HAProxy(name, address, [client, server]);
    }

    private static Task<ChildProcess> StartAsync(Stage stage, string name, string config, IPEndPoint listens, CancellationToken stop) =>
        stage.StartAsync(CommandFor(stage, name, config), Cores.Measured, listens, stop);

    private static Command CommandFor(Stage stage, string name, string config) =>
        new(name, Stage.Installed("haproxy"), "-db", "-f", stage.Write($"{name}.cfg", config));

    private static string Protocol(Wire wire) => wire.IsHttp2() ? "proto h2" : "";

    private static string Config(Wire wire, string bind, string server, string rule = "") => $"""
        global
          nbthread 1
          no strict-limits
          maxconn {Math.Min(wire.IsRelayed() ? Descriptors.RelayedConnections : Descriptors.Connections, 30_000)}
        defaults
          mode {(wire.IsRelayed() ? "tcp" : "http")}
          timeout connect 1s
          timeout client 1h
          timeout server 1h
        frontend in
          bind {bind}
          default_backend out
        backend out
          {(wire.IsRelayed() ? "" : "http-reuse always")}
          {rule}
          server one {server}

        """;
}
