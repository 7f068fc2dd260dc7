namespace Mesh.Operator.Tests;

public sealed class AllOrNoneTests
{
    [Fact]
    public async Task PartThatFails_EndsTheOthersAndIsThrown()
    {
        var ended = false;

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => AllOrNone.RunAsync([GoOnAsync, FailAsync], TestContext.Current.CancellationToken));

        Assert.Equal("broken", failure.Message);
        Assert.True(ended);

        async Task GoOnAsync(CancellationToken cancellationToken)
        {
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                ended = true;
            }
        }

        static async Task FailAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            throw new InvalidOperationException("broken");
        }
    }

    [Fact]
    public async Task Stop_EndsAll()
    {
        using var stop = new CancellationTokenSource();
        var running = AllOrNone.RunAsync([token => Task.Delay(Timeout.Infinite, token), token => Task.Delay(Timeout.Infinite, token)], stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
