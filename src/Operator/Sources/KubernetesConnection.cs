using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using k8s;
using k8s.Authentication;

namespace Mesh.Operator.Sources;

/// <summary>
/// Lists and watches over the Kubernetes client's own connection and credentials, as JSON: the client's watcher hides a 410,
/// reads each event twice, and gives up a whole list for one object that it can't read.
/// </summary>
internal sealed class KubernetesConnection(HttpClient http, Uri server, ServiceClientCredentials? credentials)
{
    private const int WatchBuffer = 64 * 1024;

    public KubernetesConnection(Kubernetes client)
        : this(client.HttpClient, client.BaseUri, client.Credentials)
    {
    }

    /// <summary>One page of a collection.</summary>
    /// <exception cref="KubernetesStatusException">The API server says no.</exception>
    public async Task<ListPage> ListAsync(WatchedKind kind, int limit, string? continuation, CancellationToken cancellationToken)
    {
        var query = $"?limit={limit.ToString(CultureInfo.InvariantCulture)}" + (continuation is null ? "" : $"&continue={Uri.EscapeDataString(continuation)}");
        return new(await SendAsync(kind.Path + query, cancellationToken));
    }

    /// <summary>
    /// The changes of a collection since a version, until the API server has said enough: each time as many as there are, so that who
    /// is behind catches up in larger steps. They are the caller's to dispose of, and valid until the next are asked for.
    /// </summary>
    /// <exception cref="KubernetesStatusException">The API server says no.</exception>
    public async IAsyncEnumerable<IReadOnlyList<JsonDocument>> WatchAsync(
        WatchedKind kind, string version, TimeSpan timeout, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var query = $"?watch=true&allowWatchBookmarks=true&resourceVersion={Uri.EscapeDataString(version)}&timeoutSeconds={seconds}";
        using var response = await SendAsync(kind.Path + query, cancellationToken);
        var body = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken), new(bufferSize: WatchBuffer));
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (ReadLines(ref buffer, read.IsCompleted) is { Count: > 0 } changes) yield return changes;
            body.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) break;
        }
        await body.CompleteAsync();
    }

    private static List<JsonDocument> ReadLines(ref ReadOnlySequence<byte> buffer, bool isCompleted)
    {
        var read = new List<JsonDocument>();
        while (buffer.PositionOf((byte)'\n') is { } end)
        {
            if (buffer.Slice(0, end) is { IsEmpty: false } line) read.Add(JsonDocument.Parse(line));
            buffer = buffer.Slice(buffer.GetPosition(1, end));
        }
        // An event that was cut off is none, and says so.
        if (isCompleted && !buffer.IsEmpty) read.Add(JsonDocument.Parse(buffer));
        return read;
    }

    /// <summary>Whether there is an object at a path.</summary>
    public async Task<bool> ExistsAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(path, cancellationToken);
            return true;
        }
        catch (KubernetesStatusException exception) when (exception.StatusCode is HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, path)) { Version = HttpVersion.Version20 };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (credentials is not null) await credentials.ProcessHttpRequestAsync(request, cancellationToken);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            throw new KubernetesStatusException(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
    }
}
