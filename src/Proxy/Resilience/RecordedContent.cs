using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Mesh.Proxy.Forwarding;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// A body that is recorded as it streams, so that it can be sent from its beginning again, even before it has ended.
/// </summary>
/// <remarks>
/// The source can be read once only. It is pumped into a pipe, whatever becomes of the attempts; each attempt sends what the pipe
/// holds and then what follows. As long as that fits into <see cref="RepeatableBody.LargestKept"/>, and another attempt could come,
/// nothing is taken out of the pipe. The source waits until an attempt has sent what it wrote, so there is never more in memory
/// than that and one write.
/// </remarks>
internal sealed class RecordedContent : HttpContent
{
    private static readonly PipeOptions InStep = new(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 1, // counts what no attempt has examined
        resumeWriterThreshold: 1,
        minimumSegmentSize: 16 * 1024, // what fits into an HTTP/2 frame, RFC 9113 section 4.2
        useSynchronizationContext: false);

    private readonly HttpContent _source;
    private readonly bool _multiplexed;
    private readonly Pipe _recording = new(InStep);
    private readonly CancellationTokenSource _unwanted = new();
    private readonly SemaphoreSlim _turn = new(1);

    private Task? _pumping;
    private CancellationTokenSource? _sending;
    private TaskCompletionSource _attempt = new();
    private long _examined;
    private int _users = 1; // the retries, and each attempt that sends
    private volatile bool _last;
    private volatile bool _lost;

    /// <param name="source">The body.</param>
    /// <param name="multiplexed">Whether it goes over HTTP/2.</param>
    public RecordedContent(HttpContent source, bool multiplexed)
    {
        _source = source;
        _multiplexed = multiplexed;
        if (source is FlushedContent flushed) flushed.IsRecorded = true;
        foreach (var (name, values) in source.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>False once an attempt has begun to send more than is kept, or the source has broken off.</summary>
    public bool CanRepeat => !_lost;

    public void BeginAttempt() => _attempt = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The attempt has its response's head, or has failed. In the first case it may go on sending.</summary>
    public void EndAttempt() => _attempt.SetResult();

    /// <summary>The body, where it has been sent to its end by an attempt and all of it is kept; null elsewhere.</summary>
    public byte[]? Whole()
    {
        if (_pumping is not { IsCompletedSuccessfully: true } || _lost || !_turn.Wait(0)) return null;
        try
        {
            var recording = _recording.Reader;
            if (!recording.TryRead(out var read)) return null;
            var whole = read.IsCompleted && read.Buffer.Length <= RepeatableBody.LargestKept ? read.Buffer.ToArray() : null;
            recording.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(_examined));
            return whole;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>No attempt will follow: nothing more is kept, and the source is read only as long as an attempt sends.</summary>
    public void EndAttempts()
    {
        _last = true;
        LetGo();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var attempt = _attempt.Task;
        try
        {
            await SendInTurnAsync(stream, cancellationToken);
        }
        catch (OperationCanceledException) when (_multiplexed && cancellationToken.IsCancellationRequested)
        {
            // When a stream is reset, HttpClient cancels the body and then fails with what it sees first, this or the reset,
            // which is what says whether the request ever arrived. Source: dotnet/runtime, Http2Connection.SendAsync.
            await attempt;
            throw;
        }
    }

    // Where the length is known, the copied header says it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _source.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Breaks off an attempt that still sends, though it has been answered, and takes over from it.</summary>
    private async Task SendInTurnAsync(Stream stream, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _users);
        var sending = new CancellationTokenSource();
        try
        {
            using var linked = cancellationToken.UnsafeRegister(static sending => ((CancellationTokenSource)sending!).Cancel(), sending);
            Interlocked.Exchange(ref _sending, sending)?.Cancel();
            await _turn.WaitAsync(sending.Token);
            try
            {
                await SendWithHeadAsync(stream, sending.Token);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.CompareExchange(ref _sending, null, sending);
            LetGo();
        }
    }

    private async Task SendWithHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var sending = SendAsync(stream, cancellationToken);
        // The head needs no window, but HttpClient gathers it with the body, which does.
        if (_multiplexed && !sending.IsCompleted) await stream.FlushAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await sending;
    }

    private async Task SendAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (_lost) throw new InvalidOperationException("the request's body has been sent and was not kept");
        _pumping ??= PumpAsync();

        var recording = _recording.Reader;
        // A read that is cancelled returns at once, with what has been read before too: all that was recorded.
        recording.CancelPendingRead();
        for (long sent = 0; ;)
        {
            var read = await recording.ReadAsync(cancellationToken);
            var (consumed, examined) = (read.Buffer.Start, read.Buffer.GetPosition(_examined));
            try
            {
                if (read.Buffer.Length > RepeatableBody.LargestKept) _lost = true;
                foreach (var piece in read.Buffer.Slice(sent)) await stream.WriteAsync(piece, cancellationToken);
                if (read.IsCompleted) return;

                // Else HttpClient would gather small writes, and the head before the first of them.
                await stream.FlushAsync(cancellationToken);
                examined = read.Buffer.End;
                if (_lost || _last) consumed = examined;
                sent = _examined = read.Buffer.Slice(consumed).Length;
            }
            finally
            {
                recording.AdvanceTo(consumed, examined);
            }
        }
    }

    private async Task PumpAsync()
    {
        Exception? failure = null;
        try
        {
            await _source.CopyToAsync(_recording.Writer.AsStream(leaveOpen: true), _unwanted.Token);
        }
        catch (Exception e)
        {
            // The attempt that sends fails with it.
            failure = e;
            _lost = true;
        }
        await _recording.Writer.CompleteAsync(failure);
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        _recording.Reader.Complete();
        _unwanted.Cancel();
    }
}
