using Mesh.Operator.Reconciliation;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Reconciliation;

public sealed class WorkQueueTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly WorkQueueOptions _options = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new(_options, _time);

    [Fact]
    public async Task KeyAddedTwice_IsTakenOnce()
    {
        _queue.Add("a");
        _queue.Add("a");
        _queue.Add("b");

        Assert.Equal(["a", "b"], [await TakeAsync(), await TakeAsync()]);
        AssertEmpty();
    }

    [Fact]
    public async Task KeyAddedWhileItIsWorkedOn_IsTakenAgain_OnceTheIntervalIsOver()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Add("a");
        _queue.Complete("a", succeeded: true);
        AssertEmpty();

        _time.Advance(_options.MinInterval);

        Assert.Equal("a", await TakeAsync());
    }

    [Fact]
    public async Task KeyAddedLater_IsTakenAtOnce()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Complete("a", succeeded: true);
        _time.Advance(_options.MinInterval);

        _queue.Add("a");

        Assert.Equal("a", await TakeAsync());
    }

    [Fact]
    public async Task KeyThatFails_IsTakenAgain_AfterWaitsThatDouble()
    {
        _queue.Add("a");
        var wait = _options.BackOffBase;
        for (var failure = 0; failure < 5; failure++, wait *= 2)
        {
            await TakeAsync();
            _queue.Complete("a", succeeded: false);
            _time.Advance(wait - TimeSpan.FromMilliseconds(1));
            AssertEmpty();
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal("a", await TakeAsync());
    }

    [Fact]
    public async Task KeyThatSucceeds_StartsItsWaitsAnew()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Complete("a", succeeded: false);
        _time.Advance(_options.BackOffMax);
        await TakeAsync();
        _queue.Complete("a", succeeded: true);
        _time.Advance(_options.BackOffMax);
        _queue.Add("a");
        await TakeAsync();
        _queue.Complete("a", succeeded: false);

        _time.Advance(_options.BackOffBase);

        Assert.Equal("a", await TakeAsync());
    }

    [Fact]
    public async Task KeyThatIsForgotten_IsNotTaken()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Complete("a", succeeded: false);

        _queue.Forget("a");
        _time.Advance(_options.BackOffMax);

        AssertEmpty();
    }

    private ValueTask<string> TakeAsync() => _queue.TakeAsync(TestContext.Current.CancellationToken);

    // A key that is there is taken without waiting.
    private void AssertEmpty()
    {
        using var cancelled = new CancellationTokenSource();
        var take = _queue.TakeAsync(cancelled.Token);
        Assert.False(take.IsCompleted);
        cancelled.Cancel();
    }
}
