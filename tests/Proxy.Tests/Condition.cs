using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Tests;

internal static class Condition
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits for what another thread brings about, as long as the test may take.</summary>
    public static async Task HoldsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? expression = null)
    {
        while (!condition())
        {
            if (TestContext.Current.CancellationToken.IsCancellationRequested) Assert.Fail($"never came true: {expression}");
            await Task.Delay(Interval, CancellationToken.None);
        }
    }
}
