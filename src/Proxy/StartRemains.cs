using Mesh.Linux;
using Mesh.Proxy.Identity;

namespace Mesh.Proxy;

/// <summary>
/// Gives back, once, the pages of code and constants that the start alone needed: more than half of what is resident then.
/// <c>docs/decisions/memory-after-start.md</c> has the figures, and why the heap is left alone.
/// </summary>
internal sealed partial class StartRemains(CredentialStore credentials, TimeProvider clock, ILogger<StartRemains> logger) : BackgroundService
{
    // Discovery answers within it, and whoever waits for a pod to be ready has not sent anything yet.
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (credentials.IsPending) await credentials.WhenThereAsync(stoppingToken);
        await Task.Delay(Settled, clock, stoppingToken);
        if (!MappedFiles.TryGiveBack(out var obstacle)) LogKept(obstacle);
    }

    [LoggerMessage(LogLevel.Information, "pages of files that only the start needed stay resident: {Reason}")]
    private partial void LogKept(string reason);
}
