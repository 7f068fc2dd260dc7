namespace Mesh.Operator;

/// <summary>Work in several parts that is of use only while every part goes on.</summary>
internal static class AllOrNone
{
    /// <summary>Runs all parts. When one fails, the others are cancelled and its failure is thrown, rather than kept until they end.</summary>
    public static async Task RunAsync(IReadOnlyList<Func<CancellationToken, Task>> parts, CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> running = [.. parts.Select(part => part(together.Token))];
        try
        {
            await foreach (var ended in Task.WhenEach(running)) await ended;
        }
        finally
        {
            await together.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
