using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Scale.ApiServer;

/// <summary>
/// As much of an API server as the operator talks to: pages of lists, watches with bookmarks, statuses of policies, and a place for
/// its lease and its Secrets. Nothing is checked.
/// </summary>
internal sealed class SimulatedApiServer : IAsyncDisposable
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Collection> _collections;
    private readonly Records _records;
    private readonly ConcurrentDictionary<string, (long Version, byte[][] Objects)> _pages = [];
    private readonly TimeProvider _time;
    private readonly WebApplication _app;
    private long _version;
    private long _bytesSent;

    public SimulatedApiServer(TimeProvider time)
    {
        _time = time;
        (Namespaces, Services, Slices, Pods, Policies) = (Create(), Create(), Create(), Create(), Create());
        _records = new(NextVersion);
        _collections = new(StringComparer.Ordinal)
        {
            ["/api/v1/namespaces"] = Namespaces,
            ["/api/v1/services"] = Services,
            ["/api/v1/pods"] = Pods,
            ["/apis/discovery.k8s.io/v1/endpointslices"] = Slices,
            ["/apis/mesh.io/v1alpha1/trafficpolicies"] = Policies,
            ["/apis/mesh.io/v1alpha1/authorizationpolicies"] = Create(),
            ["/apis/mesh.io/v1alpha1/meshconfigs"] = Create(),
        };
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MinResponseDataRate = null;
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);

        Collection Create() => new(NextVersion);
    }

    public Collection Namespaces { get; }

    public Collection Services { get; }

    public Collection Slices { get; }

    public Collection Pods { get; }

    public Collection Policies { get; }

    /// <summary>In lists and watches so far.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    public async Task<Uri> StartAsync(CancellationToken stop)
    {
        await _app.StartAsync(stop);
        return new(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private long NextVersion() => Interlocked.Increment(ref _version);

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        http.Response.ContentType = "application/json";
        if (!_collections.TryGetValue(path, out var collection)) await AnswerSingleAsync(http, path);
        else if (http.Request.Query["watch"] == "true") await WatchAsync(http, collection);
        else await ListAsync(http, collection);
    }

    private async Task AnswerSingleAsync(HttpContext http, string path)
    {
        var body = http.Request.ContentLength is null or 0 ? null : (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!.AsObject();
        var isPolicy = path.Contains("/trafficpolicies/", StringComparison.Ordinal);
        var (status, answer) = isPolicy ? OfPolicy(path, body) : _records.Answer(http.Request.Method, path, body);
        http.Response.StatusCode = (int)status;
        await http.Response.WriteAsync(answer, http.RequestAborted);
    }

    // /apis/mesh.io/v1alpha1/namespaces/team-0/trafficpolicies/service-0/status
    private (HttpStatusCode Status, string Answer) OfPolicy(string path, JsonObject? patch)
    {
        var parts = path.Split('/');
        var key = $"{parts[5]}/{parts[7]}";
        if (Policies.Find(key) is not { } found) return (HttpStatusCode.NotFound, Records.Refusal(HttpStatusCode.NotFound));
        if (patch?["status"] is not { } status) return (HttpStatusCode.OK, Encoding.UTF8.GetString(found));
        var policy = JsonNode.Parse(found)!.AsObject();
        policy["status"] = status.DeepClone();
        return (HttpStatusCode.OK, Encoding.UTF8.GetString(Policies.Put(key, version =>
        {
            policy["metadata"]!["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
            return policy.ToJsonString();
        })));
    }

    private async Task ListAsync(HttpContext http, Collection collection)
    {
        var limit = int.Parse(http.Request.Query["limit"].FirstOrDefault() ?? "500", CultureInfo.InvariantCulture);
        var (list, skip) = http.Request.Query["continue"].FirstOrDefault()?.Split(':') is [var token, var position]
            ? (token, int.Parse(position, CultureInfo.InvariantCulture))
            : (Guid.NewGuid().ToString("N"), 0);
        // Later pages are of the moment of the first.
        var (version, objects) = skip == 0 ? collection.List() : _pages[list];
        var rest = objects.Length - skip - limit;
        if (rest > 0) _pages[list] = (version, objects);
        else _pages.TryRemove(list, out _);
        var text = new MemoryStream();
        text.Write(Encoding.UTF8.GetBytes($$$"""{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}","continue":"{{{(rest > 0 ? $"{list}:{skip + limit}" : "")}}}"},"items":["""));
        foreach (var (index, item) in objects.Skip(skip).Take(limit).Index())
        {
            if (index > 0) text.WriteByte((byte)',');
            text.Write(item);
        }
        text.Write("]}"u8);
        await SendAsync(http, text.GetBuffer().AsMemory(0, (int)text.Length));
    }

    private async Task WatchAsync(HttpContext http, Collection collection)
    {
        var version = long.Parse(http.Request.Query["resourceVersion"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        await http.Response.StartAsync(http.RequestAborted);
        while (!http.RequestAborted.IsCancellationRequested)
        {
            if (collection.Since(version) is not { } since)
            {
                await SendAsync(http, Encoding.UTF8.GetBytes($"{{\"type\":\"ERROR\",\"object\":{Records.Refusal(HttpStatusCode.Gone)}}}\n"));
                return;
            }
            foreach (var line in since.Lines)
            {
                await SendAsync(http, line.Line);
                version = line.Version;
            }
            if (await IsCompletedAsync(since.More, http.RequestAborted)) continue;
            await SendAsync(http, Encoding.UTF8.GetBytes($"{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{\"resourceVersion\":\"{version}\"}}}}}}\n"));
        }
    }

    private async Task<bool> IsCompletedAsync(Task more, CancellationToken aborted)
    {
        var pause = Task.Delay(BookmarkInterval, _time, aborted);
        return await Task.WhenAny(more, pause) == more || aborted.IsCancellationRequested;
    }

    private async ValueTask SendAsync(HttpContext http, ReadOnlyMemory<byte> bytes)
    {
        Interlocked.Add(ref _bytesSent, bytes.Length);
        await http.Response.BodyWriter.WriteAsync(bytes, http.RequestAborted);
    }
}
