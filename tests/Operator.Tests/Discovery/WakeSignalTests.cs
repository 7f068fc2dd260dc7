using Mesh.Operator.Discovery;

namespace Mesh.Operator.Tests.Discovery;

public class WakeSignalTests
{
    [Fact]
    public async Task WhoWaits_IsWoken()
    {
        var signal = new WakeSignal();
        var waiting = signal.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);

        signal.Wake();

        await waiting.WaitAsync(TestProxy.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WhatComesWhileNobodyWaits_CountsOnce()
    {
        var signal = new WakeSignal();
        signal.Wake();
        signal.Wake();

        await signal.WaitAsync();
        Assert.False(signal.WaitAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task NothingThatIsDue_IsEverLeftLying()
    {
        const int Callers = 4;
        const int Each = 5_000;
        var signal = new WakeSignal();
        var (due, taken) = (0, 0);
        var calling = Enumerable.Range(0, Callers).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                Interlocked.Increment(ref due);
                signal.Wake();
            }
        })).ToList();

        while (taken < Callers * Each)
        {
            await signal.WaitAsync().AsTask().WaitAsync(TestProxy.Patience, TestContext.Current.CancellationToken);
            taken += Interlocked.Exchange(ref due, 0);
        }

        await Task.WhenAll(calling);
        Assert.Equal(Callers * Each, taken);
    }
}
