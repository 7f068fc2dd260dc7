using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Threading.Channels;
using System.Web;
using Mesh.Operator.Tests.InCluster;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Sources;

/// <summary>Answers lists and watches of one collection as a test says.</summary>
internal sealed class ScriptedApiServer : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, string> _lists = new();
    private readonly ConcurrentQueue<HttpStatusCode> _listFailures = new();
    private readonly ConcurrentQueue<HttpStatusCode> _watchFailures = new();
    private readonly Channel<(string Version, ScriptedWatch Watch)> _watches = Channel.CreateUnbounded<(string, ScriptedWatch)>();
    private int _begun;

    /// <summary>The CustomResourceDefinitions that exist.</summary>
    public ConcurrentBag<string> Definitions { get; } = [];

    /// <summary>How many watches have been begun.</summary>
    public int Watches => Volatile.Read(ref _begun);

    public static string List(string version, string continuation, params string[] items) =>
        $$"""{"metadata": {"resourceVersion": "{{version}}", "continue": "{{continuation}}"}, "items": [{{string.Join(",", items)}}]}""";

    public void OnList(string continuation, string answer) => _lists[continuation] = answer;

    public void FailNextList(HttpStatusCode status) => _listFailures.Enqueue(status);

    public void RefuseNextWatch(HttpStatusCode status) => _watchFailures.Enqueue(status);

    /// <summary>The next watch that is begun, which is to go on from a version.</summary>
    public async Task<ScriptedWatch> NextWatchAsync(string version, FakeTimeProvider? advance = null)
    {
        (string Version, ScriptedWatch Watch) next = default!;
        await Eventually.HoldsAsync(() =>
        {
            advance?.Advance(TimeSpan.FromSeconds(1));
            Assert.True(_watches.Reader.TryRead(out next), "no watch was begun");
        });
        Assert.Equal(version, next.Version);
        return next.Watch!;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        var query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        if (path.Contains("customresourcedefinitions", StringComparison.Ordinal)) return Answer(Definitions.Contains(path.Split('/')[^1]) ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        if (query["watch"] == "true") return Watch(query["resourceVersion"]!);
        if (_listFailures.TryDequeue(out var failure)) return Answer(failure);
        return _lists.TryGetValue(query["continue"] ?? "", out var list) ? Answer(HttpStatusCode.OK, list) : Answer(HttpStatusCode.NotFound);
    }

    private Task<HttpResponseMessage> Watch(string version)
    {
        if (_watchFailures.TryDequeue(out var failure)) return Answer(failure);
        var watch = new ScriptedWatch();
        Interlocked.Increment(ref _begun);
        _watches.Writer.TryWrite((version, watch));
        return Task.FromResult(new HttpResponseMessage { Content = new StreamContent(watch.Body) });
    }

    private static Task<HttpResponseMessage> Answer(HttpStatusCode status, string? body = null) => Task.FromResult(new HttpResponseMessage(status)
    {
        Content = new StringContent(body ?? string.Create(CultureInfo.InvariantCulture, $$"""{"kind": "Status", "code": {{(int)status}}, "message": "{{status}}"}""")),
    });

    /// <summary>A watch's response, which stays open until the test ends it.</summary>
    internal sealed class ScriptedWatch
    {
        private readonly Pipe _pipe = new();

        public Stream Body => _pipe.Reader.AsStream();

        public void Send(string type, string resource)
        {
            var line = $$"""{"type": "{{type}}", "object": {{resource.ReplaceLineEndings(" ")}}}""" + "\n";
            // Nothing waits here: a pipe's writer only does above its threshold.
            _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(line)).AsTask().Wait(TestContext.Current.CancellationToken);
        }

        public void End() => _pipe.Writer.Complete();
    }
}
