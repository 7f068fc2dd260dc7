using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Reading;

/// <summary>One watch: first what is there, where that's asked for, then every change in order, a line of JSON each.</summary>
internal sealed class WatchStream(
    ResourceRequest request, Representation representation, Store store, OpenWatch watch, TimeProvider time, TimeSpan bookmarkInterval)
{
    private readonly Selection _selection = Selection.Of(request);
    private readonly bool _bookmarks = request.Flag("allowWatchBookmarks");
    private long _position;
    private long _told;

    public async Task RunAsync(TimeSpan timeout)
    {
        request.Http.Response.ContentType = "application/json";
        await request.Http.Response.StartAsync(request.Cancelled);
        using var end = new CancellationTokenSource(timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token, request.Cancelled);
        await SendInitialAsync();
        try
        {
            await FollowAsync(stop.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !request.Cancelled.IsCancellationRequested)
        {
            await SendBookmarkAsync();
        }
    }

    private async Task SendInitialAsync()
    {
        var from = request.Number("resourceVersion") ?? 0;
        var asked = request.Query("sendInitialEvents");
        if (asked is "false" || (asked is null && from > 0))
        {
            _position = _told = from > 0 ? from : store.Current.Version;
            await request.Http.Response.Body.FlushAsync(request.Cancelled);
            return;
        }

        var snapshot = store.Current;
        foreach (var (_, value) in _selection.In(snapshot)) await SendAsync("ADDED", representation.Single(value));
        _position = _told = snapshot.Version;
        if (asked is not null && _bookmarks) await SendBookmarkAsync(endsInitial: true);
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        while (store.ChangesAfter(_position) is { } changes)
        {
            foreach (var change in changes) await SendAsync(change);
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var changed = store.ChangedAfter(_position);
            var bookmark = Task.Delay(bookmarkInterval, time, pause.Token);
            var first = await Task.WhenAny(changed, bookmark);
            stop.ThrowIfCancellationRequested();
            if (first == bookmark && _told < _position) await SendBookmarkAsync();
            await pause.CancelAsync();
        }

        await SendAsync("ERROR", ApiException.Gone($"too old resource version: {_position} ({store.Current.Version})").ToStatus());
    }

    /// <summary>What a change means for those selected: an object may come into the selection and leave it, too.</summary>
    private async Task SendAsync(Change change)
    {
        _position = change.Version;
        if (!_selection.Concerns(change.Key)) return;
        var (was, isNow) = (_selection.Matches(change.Before), _selection.Matches(change.After));
        if (!was && !isNow) return;
        var type = (was, isNow) switch { (false, _) => "ADDED", (_, true) => "MODIFIED", _ => "DELETED" };
        await SendAsync(type, representation.Single(isNow ? change.After! : LastState(change)));
        _told = change.Version;
    }

    /// <summary>The object as it was, with the version at which it left.</summary>
    private static JsonObject LastState(Change change)
    {
        var last = change.Before!.Clone();
        last.Metadata()["resourceVersion"] = change.Version.ToString(CultureInfo.InvariantCulture);
        return last;
    }

    private async Task SendBookmarkAsync(bool endsInitial = false)
    {
        if (!_bookmarks) return;
        var bookmark = representation.Bookmark(_position.ToString(CultureInfo.InvariantCulture), endsInitial);
        await SendAsync("BOOKMARK", bookmark);
        _told = _position;
    }

    private async Task SendAsync(string type, JsonObject value)
    {
        if (watch.IsSilent) return;
        var line = new JsonObject { ["type"] = type, ["object"] = value }.ToJsonString() + "\n";
        await request.Http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line), request.Cancelled);
        await request.Http.Response.Body.FlushAsync(request.Cancelled);
    }
}
