namespace Mesh.EndToEnd.Tests.Meshes;

/// <summary>Waits for what other processes bring about: asks again and again, and fails with the last answer.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Pause = TimeSpan.FromMilliseconds(50);

    public static async Task<T> BecomesAsync<T>(Func<Task<T>> ask, Func<T, bool> expected, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            var answer = await ask();
            if (expected(answer)) return answer;
            if (patience.IsCancellationRequested) Assert.Fail($"It never became what was expected. Last seen:\n{answer}");
            await Task.Delay(Pause, cancellationToken);
        }
    }
}
