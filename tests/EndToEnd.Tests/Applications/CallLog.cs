using System.Threading.Channels;

namespace Mesh.EndToEnd.Tests.Applications;

/// <summary>What an application saw of calls that hang, for a test to wait on.</summary>
internal sealed class CallLog
{
    private readonly Channel<DateTimeOffset> _cancelled = Channel.CreateUnbounded<DateTimeOffset>();

    public void Cancelled() => _cancelled.Writer.TryWrite(DateTimeOffset.UtcNow);

    /// <summary>Waits for the next call that is cancelled, or takes one that was.</summary>
    public async Task WaitForCancellationAsync(CancellationToken cancellationToken) => await _cancelled.Reader.ReadAsync(cancellationToken);
}
