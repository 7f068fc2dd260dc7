using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>nginx with one worker: the backend that answers, and a peer that forwards.</summary>
internal sealed class Nginx(ChildProcess process, IPEndPoint address) : IPeer
{
    public string Name => "nginx";

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [process.Id];

    /// <summary>Answers every request with 1 KiB.</summary>
    /// <param name="stage">Where it runs.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <param name="http2">Speaks HTTP/2 with prior knowledge, and nothing else.</param>
    public static Task<Nginx> StartBackendAsync(Stage stage, CancellationToken stop, bool http2 = false) =>
        StartAsync(stage, "backend", $"location / {{ default_type text/plain; return 200 '{new string('x', 1024)}'; }}", "", Cores.Rest, stop, http2);

    public static async Task<IPeer> StartProxyAsync(Stage stage, IPEndPoint backend, CancellationToken stop) =>
        await StartAsync(stage, "proxy",
            "location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ''; }",
            $"upstream backend {{ server {backend}; keepalive 256; keepalive_requests 100000000; }}",
            Cores.Measured, stop);

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private static async Task<Nginx> StartAsync(Stage stage, string name, string location, string upstream, IReadOnlyList<string> cores, CancellationToken stop, bool http2 = false)
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
              {{upstream}}
              server { listen {{address}}{{(http2 ? " http2" : "")}}; {{location}} }
            }

            """);
        var command = new Command($"nginx-{name}", Stage.Installed("nginx"), "-p", folder, "-c", file);
        return new(await stage.StartAsync(command, cores, address, stop), address);
    }
}
