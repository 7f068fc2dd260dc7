using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>nginx with one worker: the backend that answers, and a peer that forwards.</summary>
internal sealed class Nginx(ChildProcess process, IPEndPoint address) : IPeer
{
    // A directive's parameter has to fit into nginx's 4 KiB.
    private const int LongestText = 3 * 1024;

    public string Name => "nginx";

    public string? Beside => "HAProxy";

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [process.Id];

    /// <summary>Answers every request.</summary>
    /// <param name="stage">Where it runs.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <param name="http2">Speaks HTTP/2 with prior knowledge, and nothing else.</param>
    /// <param name="size">Bytes of the answer's body.</param>
    public static Task<Nginx> StartBackendAsync(Stage stage, CancellationToken stop, bool http2 = false, int size = 1024)
    {
        var body = new string('x', size);
        if (size <= LongestText) return StartAsync(stage, "backend", $"location / {{ default_type text/plain; return 200 '{body}'; }}", "", Cores.Rest, http2, stop);
        var folder = Path.GetDirectoryName(stage.Write("content/index.txt", body));
        return StartAsync(stage, "backend", $"location / {{ root {folder}; index index.txt; }}", "sendfile on; tcp_nopush on; open_file_cache max=10;", Cores.Rest, http2, stop);
    }

    /// <summary>Forwards in the protocol that it is asked in: HTTP/2 it speaks to a backend by its gRPC module alone.</summary>
    public static async Task<IPeer> StartProxyAsync(Stage stage, Wire wire, IPEndPoint backend, CancellationToken stop) =>
        await StartAsync(stage, "proxy",
            wire.IsHttp2() ? "location / { grpc_pass grpc://backend; }" : "location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ''; }",
            $"upstream backend {{ server {backend}; keepalive 512; keepalive_requests 100000000; }}",
            Cores.Measured, wire.IsHttp2(), stop);

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private static async Task<Nginx> StartAsync(Stage stage, string name, string location, string settings, IReadOnlyList<string> cores, bool http2, CancellationToken stop)
    {
        var address = Stage.FreeAddress();
        var folder = Directory.CreateDirectory(Path.Combine(stage.Folder, $"nginx-{name}")).FullName;
        var file = stage.Write($"nginx-{name}.conf", $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            error_log {{folder}}/error.log;
            events { worker_connections {{Math.Min(Descriptors.RelayedConnections * 2, 30_000)}}; }
            http {
              access_log off;
              keepalive_requests 100000000;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              {{settings}}
              server { listen {{address}}{{(http2 ? " http2" : "")}}; {{location}} }
            }

            """);
        var command = new Command($"nginx-{name}", Stage.Installed("nginx"), "-p", folder, "-c", file);
        return new(await stage.StartAsync(command, cores, address, stop), address);
    }
}
