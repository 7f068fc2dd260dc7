using System.Threading.Channels;

namespace Mesh.Operator.Reconciliation;

/// <summary>
/// Keys that are to be worked on. A key is in it once however often it is added, is worked on by one worker at a time, not more
/// often than the options say, and after a failure again with growing waits.
/// </summary>
internal sealed class WorkQueue<TKey>(WorkQueueOptions options, TimeProvider time)
    where TKey : notnull
{
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly Dictionary<TKey, Item> _items = [];
    private readonly Lock _gate = new();

    private enum Phase
    {
        Idle,
        Waiting,
        Ready,
        Running,
    }

    /// <summary>Has a key worked on: at once, unless it was just now. One that is being worked on is taken up again afterwards.</summary>
    public void Add(TKey key)
    {
        lock (_gate)
        {
            if (!_items.TryGetValue(key, out var item)) _items[key] = item = new Item();
            if (item.Phase is Phase.Running) item.Again = true;
            else if (item.Phase is Phase.Idle) Schedule(key, item, item.NotBefore - time.GetUtcNow());
        }
    }

    /// <summary>Takes the next key. It is then the caller's until <see cref="Complete"/>.</summary>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var key = await _ready.Reader.ReadAsync(cancellationToken);
            lock (_gate)
            {
                if (!_items.TryGetValue(key, out var item) || item.Phase is not Phase.Ready) continue;
                item.Phase = Phase.Running;
                item.Again = false;
                item.NotBefore = time.GetUtcNow() + options.MinInterval;
                return key;
            }
        }
    }

    /// <summary>Gives a key back.</summary>
    public void Complete(TKey key, bool succeeded)
    {
        lock (_gate)
        {
            if (!_items.TryGetValue(key, out var item)) return;
            item.Phase = Phase.Idle;
            item.Failures = succeeded ? 0 : item.Failures + 1;
            if (!succeeded) Schedule(key, item, BackOff(item.Failures));
            else if (item.Again) Schedule(key, item, item.NotBefore - time.GetUtcNow());
        }
    }

    /// <summary>There is nothing more to do for a key.</summary>
    public void Forget(TKey key)
    {
        lock (_gate)
        {
            if (_items.Remove(key, out var item)) item.Timer?.Dispose();
        }
    }

    private void Schedule(TKey key, Item item, TimeSpan delay)
    {
        item.Timer?.Dispose();
        item.Timer = null;
        if (delay <= TimeSpan.Zero)
        {
            item.Phase = Phase.Ready;
            _ready.Writer.TryWrite(key);
            return;
        }
        item.Phase = Phase.Waiting;
        item.Timer = time.CreateTimer(_ => Ripen(key, item), null, delay, Timeout.InfiniteTimeSpan);
    }

    private void Ripen(TKey key, Item item)
    {
        lock (_gate)
        {
            if (item.Phase is Phase.Waiting && _items.GetValueOrDefault(key) == item) Schedule(key, item, TimeSpan.Zero);
        }
    }

    // Beyond 2^20 the longest is reached for any sound pair of options.
    private TimeSpan BackOff(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(options.BackOffBase.TotalMilliseconds * (1 << Math.Min(failures - 1, 20)), options.BackOffMax.TotalMilliseconds));

    private sealed class Item
    {
        public Phase Phase { get; set; }

        public bool Again { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset NotBefore { get; set; }

        public ITimer? Timer { get; set; }
    }
}
