using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>Two of HAProxy with one thread each: TLS 1.3 between them, both verified, HTTP/2 for requests.</summary>
internal sealed class HAProxyPair(ChildProcess client, ChildProcess server, IPEndPoint http, IPEndPoint tcp) : IPair
{
    // Over HTTP/2 no reason phrase comes, and h2load takes a status line without one for no answer.
    private const string Reason = "http-response set-status 200 reason OK";

    public string Name => "HAProxy pair";

    public IPEndPoint Address => http;

    public IPEndPoint Tcp => tcp;

    public IReadOnlyList<int> ProcessIds => [client.Id, server.Id];

    public static async Task<IPair> StartAsync(Stage stage, IPEndPoint httpBackend, IPEndPoint tcpBackend, TimeProvider time, CancellationToken stop)
    {
        var certificates = new PairCertificates(stage, time);
        var (betweenHttp, betweenTcp, http, tcp) = (Stage.FreeAddress(), Stage.FreeAddress(), Stage.FreeAddress(), Stage.FreeAddress());
        var accepts = $"ssl crt {certificates.Server} ca-file {certificates.Anchor} verify required ssl-min-ver TLSv1.3";
        var connects = $"ssl crt {certificates.Client} ca-file {certificates.Anchor} verify required ssl-min-ver TLSv1.3";
        var server = await StartAsync(stage, "server", Config($"{betweenHttp} {accepts} alpn h2", $"{httpBackend}", $"{betweenTcp} {accepts}", $"{tcpBackend}"), betweenTcp, stop);
        var client = await StartAsync(stage, "client", Config($"{http}", $"{betweenHttp} {connects} alpn h2", $"{tcp}", $"{betweenTcp} {connects}", Reason), tcp, stop);
        return new HAProxyPair(client, server, http, tcp);
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    private static Task<ChildProcess> StartAsync(Stage stage, string name, string config, IPEndPoint listens, CancellationToken stop) =>
        stage.StartAsync(new Command($"haproxy-pair-{name}", Stage.Installed("haproxy"), "-db", "-f", stage.Write($"pair/{name}.cfg", config)), Cores.Measured, listens, stop);

    private static string Config(string http, string httpServer, string tcp, string tcpServer, string httpRule = "") => $"""
        global
          nbthread 1
          maxconn 1000
        defaults
          timeout connect 1s
          timeout client 1h
          timeout server 1h
        frontend http
          mode http
          bind {http}
          default_backend http
        backend http
          mode http
          http-reuse always
          {httpRule}
          server one {httpServer}
        frontend tcp
          mode tcp
          bind {tcp}
          default_backend tcp
        backend tcp
          mode tcp
          server one {tcpServer}

        """;
}
