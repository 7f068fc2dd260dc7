using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Reading;

/// <summary>All open watches, and what may befall them.</summary>
internal sealed class Watches(Store store, TimeProvider time, TimeSpan bookmarkInterval)
{
    // kube-apiserver ends watches after 30 to 60 minutes where the client names no time.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);

    private readonly Lock _gate = new();
    private readonly HashSet<OpenWatch> _open = [];
    private volatile bool _refusesExpired;

    /// <summary>Whether a watch from a compacted version is refused with status 410, rather than ended by an ERROR event.</summary>
    public bool RefusesExpired
    {
        get => _refusesExpired;
        set => _refusesExpired = value;
    }

    public IReadOnlyList<OpenWatch> Open
    {
        get
        {
            lock (_gate) return [.. _open];
        }
    }

    /// <summary>Breaks the connection of every watch that is open.</summary>
    public void Cut()
    {
        // Under the lock, since a watch that ends leaves the set before its request is over, and a request that is over can't be aborted.
        lock (_gate)
        {
            foreach (var watch in _open.ToArray()) watch.Cut();
        }
    }

    public async Task ServeAsync(ResourceRequest request)
    {
        RefuseBadCombination(request);
        if (RefusesExpired && request.Number("resourceVersion") is > 0 and var version && store.ChangesAfter(version) is null)
        {
            throw ApiException.Gone($"too old resource version: {version} ({store.Current.Version})");
        }

        var watch = new OpenWatch(request.Http);
        var stream = new WatchStream(request, new(request, time), store, watch, time, bookmarkInterval);
        var timeout = request.Number("timeoutSeconds") is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : DefaultTimeout;
        lock (_gate) _open.Add(watch);
        try
        {
            await stream.RunAsync(timeout);
        }
        catch (OperationCanceledException) when (request.Cancelled.IsCancellationRequested)
        {
            // The client has gone, or was cut off.
        }
        finally
        {
            lock (_gate) _open.Remove(watch);
        }
    }

    private static void RefuseBadCombination(ResourceRequest request)
    {
        var (match, initial) = (request.Query("resourceVersionMatch"), request.Query("sendInitialEvents"));
        if (initial is not null && match is not "NotOlderThan")
        {
            throw ApiException.BadRequest("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }

        if (initial is null && match is not null)
        {
            throw ApiException.BadRequest("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }
    }
}
