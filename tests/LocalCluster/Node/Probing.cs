using System.Globalization;
using System.Net;
using System.Net.Sockets;
using k8s.Models;

namespace Mesh.LocalCluster.Node;

/// <summary>Asks a container how it is, once.</summary>
internal sealed class Probing(V1Container container, PodSettings settings, ContainerProcess process)
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.Zero,
    });

    public async Task<bool> AskAsync(V1Probe probe, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(probe.TimeoutSeconds ?? 1));
        try
        {
            return probe switch
            {
                { HttpGet: { } get } => await GetAsync(get, limit.Token),
                { TcpSocket: { } tcp } => await ConnectAsync(Port(tcp.Port), limit.Token),
                { Exec: { } exec } => await ExecuteAsync(exec.Command, limit.Token),
                _ => throw new NotSupportedException($"container {container.Name}: a probe by gRPC; this cluster knows httpGet, tcpSocket and exec"),
            };
        }
        catch (Exception failure) when (failure is HttpRequestException or SocketException or IOException or InvalidOperationException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The answer's status is between 200 and 399.</summary>
    public async Task<bool> GetAsync(V1HTTPGetAction get, CancellationToken cancellation)
    {
        var host = get.Host is { Length: > 0 } given ? given : settings.Sandbox.Address.ToString();
        var scheme = get.Scheme is { Length: > 0 } named ? named.ToLowerInvariant() : "http";
        using var request = new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{Port(get.Port)}/{get.Path?.TrimStart('/')}"));
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.32");
        foreach (var header in get.HttpHeaders ?? []) request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        return response.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.BadRequest;
    }

    public async Task<bool> ExecuteAsync(IEnumerable<string> command, CancellationToken cancellation)
    {
        using var run = process.Execute(command);
        run.StandardInput.Close();
        try
        {
            await Task.WhenAll(run.StandardOutput.ReadToEndAsync(cancellation), run.StandardError.ReadToEndAsync(cancellation));
            await run.WaitForExitAsync(cancellation);
            return run.ExitCode == 0;
        }
        finally
        {
            if (!run.HasExited) run.Kill(entireProcessTree: true);
        }
    }

    private async Task<bool> ConnectAsync(int port, CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(settings.Sandbox.Address, port, cancellation);
        return true;
    }

    private int Port(IntOrString port) => int.TryParse(port.Value, CultureInfo.InvariantCulture, out var number)
        ? number
        : container.Ports?.FirstOrDefault(declared => declared.Name == port.Value)?.ContainerPort ?? throw new InvalidOperationException($"container {container.Name} has no port {port.Value}");
}
