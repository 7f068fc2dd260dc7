using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>A namespace that stands for a pod, with addresses of its own.</summary>
internal sealed partial class Pod(string name, int number, NetworkNamespace @namespace) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _running = [];

    public string Name => name;

    public int Number => number;

    public NetworkNamespace Namespace => @namespace;

    public IPAddress Address { get; } = IPAddress.Parse($"10.244.0.{number}");

    public IPAddress AddressV6 { get; } = IPAddress.Parse($"fd00:244::{number}");

    /// <summary>Runs a program in the pod, as root, to its end.</summary>
    public Task<CommandRun> RunAsync(params string[] command) => CommandRun.InAsync(@namespace, null, command);

    public Task<CommandRun> RunWithInputAsync(string input, params string[] command) => CommandRun.InAsync(@namespace, input, command);

    /// <summary>Has something end when the pod does.</summary>
    public T Own<T>(T running) where T : IAsyncDisposable
    {
        _running.Add(running);
        return running;
    }

    public async Task<Stream> ConnectAsync(EndPoint target, CancellationToken cancellationToken)
    {
        var socket = await @namespace.NewSocketAsync(target.AddressFamily);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(target, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A bound socket on both families.</summary>
    public Task<Socket> BindAsync(int port) => @namespace.BindAsync(port);

    /// <summary>A handler whose connections are opened in the pod. Host names are looked up in <paramref name="hosts"/>, as in /etc/hosts.</summary>
    public SocketsHttpHandler NewHandler(Func<string, IPAddress?>? hosts = null) => new()
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var host = context.DnsEndPoint.Host;
            var address = hosts?.Invoke(host) ?? IPAddress.Parse(host);
            return await ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellationToken);
        },
    };

    /// <summary>How much has gone through the pod's sidecar one way: requests, and connections that were relayed and have ended.</summary>
    public async Task<double> CountAsync(string direction)
    {
        using var client = new HttpClient(NewHandler());
        var metrics = await client.GetStringAsync("http://127.0.0.1:15000/metrics");
        return Counters().Matches(metrics).Where(match => match.Value.Contains($"direction=\"{direction}\"", StringComparison.Ordinal))
            .Sum(match => double.Parse(match.Groups["value"].ValueSpan, CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Disposal.OfAllAsync(Enumerable.Reverse(_running));
        }
        finally
        {
            // The kernel kills what the namespace's thread started, should it still run.
            @namespace.Dispose();
        }
    }

    [GeneratedRegex("""^mesh_(requests|tcp_connections)_total\{.*\} (?<value>[\d.e+]+)""", RegexOptions.Multiline)]
    private static partial Regex Counters();
}
