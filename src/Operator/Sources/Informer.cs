using System.Net;
using System.Text.Json;
using k8s;
using k8s.Models;
using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>
/// Follows one kind: lists it, watches from the list's version, and goes on from the last version heard of whenever the watch ends,
/// or lists again where the API server no longer knows that version. Nothing is missed, whatever breaks.
/// </summary>
internal sealed partial class Informer(
    WatchedKind kind,
    KubernetesConnection connection,
    IResourceSink sink,
    InformerOptions options,
    SourceMetrics metrics,
    TimeProvider time,
    Random random,
    ILogger<Informer> logger)
{
    private readonly BackOff _backOff = new(options.BackOffBase, options.BackOffMax, random);
    private readonly Dictionary<NamespacedName, IKubernetesObject<V1ObjectMeta>> _lastGood = [];
    private string? _version;
    private DateTimeOffset _relistAt;
    private bool _listed;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var end = await FollowAsync(cancellationToken);
            metrics.Restarted(kind.Kind, end.Reason);
            if (end.Reason is WatchEnd.Gone or WatchEnd.Relist) _version = null;
            if (end.Healthy) _backOff.Reset();
            // A healthy watch is resumed at once, an API server that only ever ends them is not.
            if (!end.Healthy || end.Reason is WatchEnd.Failed) await Task.Delay(_backOff.Next(), time, cancellationToken);
        }
    }

    private async Task<(WatchEnd Reason, bool Healthy)> FollowAsync(CancellationToken cancellationToken)
    {
        var heard = false;
        try
        {
            _version ??= await ListAsync(cancellationToken);
            using var silence = new CancellationTokenSource(options.SilenceLimit, time);
            using var relist = new CancellationTokenSource(Max(_relistAt - time.GetUtcNow(), TimeSpan.Zero), time);
            using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token, relist.Token);
            try
            {
                await foreach (var changes in connection.WatchAsync(kind, _version, Spread(options.WatchTimeout, 1), watch.Token))
                {
                    Apply(changes);
                    heard = true;
                    silence.CancelAfter(options.SilenceLimit);
                }
                return (WatchEnd.Closed, heard);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && relist.IsCancellationRequested)
            {
                return (WatchEnd.Relist, true);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && silence.IsCancellationRequested)
            {
                LogSilent(kind.Kind, options.SilenceLimit);
                return (WatchEnd.Silent, heard);
            }
        }
        catch (KubernetesStatusException exception) when (exception.StatusCode is HttpStatusCode.Gone)
        {
            LogGone(kind.Kind, exception.Message);
            return (WatchEnd.Gone, heard);
        }
        catch (KubernetesStatusException exception) when (exception.StatusCode is HttpStatusCode.NotFound && kind.Definition is not null)
        {
            await MarkAbsentAsync(kind.Definition, cancellationToken);
            return (WatchEnd.Failed, heard);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(kind.Kind, exception.Message);
            return (WatchEnd.Failed, heard);
        }
    }

    /// <returns>The version that the list stands for.</returns>
    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var resources = new List<IKubernetesObject<V1ObjectMeta>>();
        var rejected = new List<ResourceChange>();
        string? continuation = null;
        string version;
        do
        {
            (version, continuation) = await ListPageAsync(continuation, resources, rejected, cancellationToken);
        }
        while (continuation.Length > 0);

        sink.Post([new ResourceChange.ReplaceAll(kind.Kind, resources), .. rejected]);
        Forget(resources);
        _listed = true;
        _relistAt = time.GetUtcNow() + Spread(options.RelistInterval, 0.1);
        LogListed(kind.Kind, resources.Count, version);
        return version;
    }

    // A list that never answers is as dead as a watch that says nothing.
    private async Task<(string Version, string Continuation)> ListPageAsync(
        string? continuation, List<IKubernetesObject<V1ObjectMeta>> resources, List<ResourceChange> rejected, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(options.SilenceLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            using var page = await connection.ListAsync(kind, options.PageSize, string.IsNullOrEmpty(continuation) ? null : continuation, either.Token);
            await foreach (var item in page.ItemsAsync(either.Token))
            {
                using var read = item;
                foreach (var change in Read(read.RootElement))
                {
                    if (change is ResourceChange.Upsert upsert) resources.Add(upsert.Resource);
                    else rejected.Add(change);
                }
            }
            return (page.Version, page.Continuation);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server did not answer a list within {options.SilenceLimit}.");
        }
    }

    // One step of the state for all that has come: what costs for each step is paid less often the further behind this is.
    private void Apply(IReadOnlyList<JsonDocument> changes)
    {
        var read = new List<ResourceChange>(changes.Count);
        try
        {
            foreach (var change in changes)
            {
                using (change) Add(change.RootElement, read);
            }
        }
        finally
        {
            if (read.Count > 0) sink.Post(read);
        }
    }

    private void Add(JsonElement change, List<ResourceChange> read)
    {
        var resource = change.GetProperty("object");
        switch (change.GetProperty("type").GetString())
        {
            case "ADDED" or "MODIFIED":
                read.AddRange(Read(resource));
                break;
            case "DELETED":
                var name = WatchedKind.NameOf(resource);
                _lastGood.Remove(name);
                read.Add(new ResourceChange.Delete(kind.Kind, name));
                break;
            case "ERROR":
                throw KubernetesStatusException.Of(resource);
        }
        _version = WatchedKind.Text(resource.GetProperty("metadata"), "resourceVersion");
    }

    /// <summary>What an object means to the state; for one that can't be read, its last good version and then why it is not the newest.</summary>
    private IEnumerable<ResourceChange> Read(JsonElement resource)
    {
        var change = TryRead(resource);
        if (change is ResourceChange.Upsert upsert)
        {
            if (kind.Definition is not null) _lastGood[NamespacedName.Of(upsert.Resource)] = upsert.Resource;
            return [upsert];
        }
        metrics.Unreadable(kind.Kind);
        var reject = (ResourceChange.Reject)change;
        LogUnreadable(kind.Kind, reject.Name, string.Join("; ", reject.Errors));
        return _lastGood.TryGetValue(reject.Name, out var lastGood) ? [new ResourceChange.Upsert(lastGood), reject] : [reject];
    }

    private ResourceChange TryRead(JsonElement resource)
    {
        try
        {
            return kind.Read(resource);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return new ResourceChange.Reject(kind.Kind, WatchedKind.NameOf(resource), [exception.Message]);
        }
    }

    private void Forget(List<IKubernetesObject<V1ObjectMeta>> listed)
    {
        if (kind.Definition is null) return;
        var names = listed.Select(NamespacedName.Of).ToHashSet();
        foreach (var gone in _lastGood.Keys.Where(name => !names.Contains(name)).ToList()) _lastGood.Remove(gone);
    }

    /// <summary>
    /// A kind that is not installed has no objects, and the rest works. Only its definition tells: an API server that starts serves
    /// custom resources a moment later than its own, and what was listed before stays until then.
    /// </summary>
    private async Task MarkAbsentAsync(string definition, CancellationToken cancellationToken)
    {
        try
        {
            if (_listed || await connection.ExistsAsync($"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition}", cancellationToken)) return;
            LogAbsent(kind.Kind, definition);
            sink.Post(new ResourceChange.ReplaceAll(kind.Kind, []));
            _listed = true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(kind.Kind, exception.Message);
        }
    }

    private TimeSpan Spread(TimeSpan span, double share) => span + span * (share * random.NextDouble());

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    [LoggerMessage(LogLevel.Debug, "Listed {Kind}: {Count} objects at version {Version}.")]
    private partial void LogListed(ResourceKind kind, int count, string version);

    [LoggerMessage(LogLevel.Warning, "{Kind}: CustomResourceDefinition {Definition} is not installed (kubectl apply -k config/crds). The rest works; looking again.")]
    private partial void LogAbsent(ResourceKind kind, string definition);

    [LoggerMessage(LogLevel.Information, "{Kind}: the API server no longer has the version to go on from; listing again. {Message}")]
    private partial void LogGone(ResourceKind kind, string message);

    [LoggerMessage(LogLevel.Warning, "{Kind}: the watch said nothing for {Limit}; beginning a new one.")]
    private partial void LogSilent(ResourceKind kind, TimeSpan limit);

    [LoggerMessage(LogLevel.Warning, "{Kind}: could not be followed; trying again. {Message}")]
    private partial void LogFailed(ResourceKind kind, string message);

    [LoggerMessage(LogLevel.Warning, "{Kind} {Name} can't be read; its last good version stays in force. {Reason}")]
    private partial void LogUnreadable(ResourceKind kind, NamespacedName name, string reason);
}
