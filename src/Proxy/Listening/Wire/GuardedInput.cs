using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>
/// What an HTTP/1 connection receives, message by message. The server that reads from here gets a head only once it is whole
/// and can be read in one way only, and never a byte beyond the message it is reading. A head that is refused is replaced by a
/// request that stands for it, so that it is answered where all others are; <see cref="Refused"/> says why.
/// </summary>
/// <remarks>Kestrel is lenient in places (a sign in Content-Length, names that are no tokens), and keeps to itself what Connection names.</remarks>
internal sealed class GuardedInput : PipeReader, IValueTaskSource<ReadResult>
{
    /// <summary>For a head that has begun; as Kestrel's own, which starts with the first byte that it sees.</summary>
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(30);

    private static readonly byte[] StandIn = "GET / HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n"u8.ToArray();

    private static readonly ReadResult Nothing = new(default, isCanceled: false, isCompleted: true);

    private readonly PipeReader _inner;
    private readonly TimeProvider _clock;
    private readonly Action _arrived;
    private ManualResetValueTaskSourceCore<ReadResult> _reading;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _arrival;
    private CancellationToken _cancels;

    private Part _part = Part.Head;
    private HeadSearch _search;
    private BodyFraming _framing;
    private ChunkScanner _chunks;
    private long _bodyLength, _left = long.MaxValue, _scanned;
    private ReadOnlySequence<byte> _given;
    private SequencePosition? _replaced;

    /// <param name="inner">What the connection receives.</param>
    /// <param name="clock">For heads that take their time.</param>
    public GuardedInput(PipeReader inner, TimeProvider clock) => (_inner, _clock, _arrived) = (inner, clock, Arrived);

    private enum Part
    {
        /// <summary>A head is awaited.</summary>
        Head,

        /// <summary>A head was given.</summary>
        GivenHead,

        /// <summary>A body of known length is to come.</summary>
        Length,

        /// <summary>Chunks are to come.</summary>
        Chunks,

        /// <summary>Bytes that mayn't be HTTP.</summary>
        Opaque,

        /// <summary>Nothing more is given.</summary>
        Over,
    }

    /// <summary>Why the request under way was refused, or its body cut short; null where neither is so.</summary>
    public MalformedRequest? Refused { get; private set; }

    /// <summary>The fields that the Connection of the request under way names; null where it names none.</summary>
    public IReadOnlyList<string>? Nominated { get; private set; }

    /// <summary>The request has been answered: what might have stopped being HTTP and didn't goes on with a head.</summary>
    public void EndRequest()
    {
        if (_part is Part.Opaque) Begin(Part.Head);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_part is Part.Over) return new(Nothing);
        var reading = _inner.ReadAsync(cancellationToken);
        if (!reading.IsCompletedSuccessfully) return AwaitAsync(reading, cancellationToken);
        return TryGive(reading.Result, out var given) ? new(given) : ReadRestOfHeadAsync(cancellationToken);
    }

    public override bool TryRead(out ReadResult result)
    {
        result = Nothing;
        return _part is Part.Over || _inner.TryRead(out var received) && TryGive(received, out result);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_part is Part.Over) return;
        var count = _given.Slice(_given.Start, consumed).Length;
        (_left, _scanned, _given) = (_left - count, _scanned - count, default);
        if (_replaced is { } end) (_replaced, consumed, examined) = (null, end, end);
        if (_left is 0) EndPart();
        _inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _reading.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _reading.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _reading.OnCompleted(continuation, state, token, flags);

    /// <summary>Each request is waited for: so without the steps, and the state, of an async method.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "Taken once, when it has completed.")]
    private ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> reading, CancellationToken cancellationToken)
    {
        _reading.Reset();
        (_cancels, _arrival) = (cancellationToken, reading.ConfigureAwait(false).GetAwaiter());
        if (_arrival.IsCompleted) Arrived();
        else _arrival.UnsafeOnCompleted(_arrived);
        return new(this, _reading.Version);
    }

    private void Arrived()
    {
        ReadResult given;
        var cancels = _cancels;
        try
        {
            var received = _arrival.GetResult();
            (_arrival, _cancels) = (default, default);
            if (!TryGive(received, out given))
            {
                _ = GiveRestAsync(cancels);
                return;
            }
        }
        catch (Exception failure)
        {
            _reading.SetException(failure);
            return;
        }
        _reading.SetResult(given);
    }

    private async Task GiveRestAsync(CancellationToken cancellationToken)
    {
        ReadResult given;
        try
        {
            given = await ReadRestOfHeadAsync(cancellationToken);
        }
        catch (Exception failure)
        {
            _reading.SetException(failure);
            return;
        }
        _reading.SetResult(given);
    }

    private async ValueTask<ReadResult> ReadRestOfHeadAsync(CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(HeadTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            ReadResult given;
            while (!TryGive(await _inner.ReadAsync(either.Token), out given))
            {
                // More of the head is to come.
            }
            return given;
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The bytes that have come are the next read's, with no more to wait for.
            _inner.TryRead(out var begun);
            return Refuse(begun.Buffer.End, new(HeadFault.TooSlow, $"found a head that is not whole after {HeadTimeout.TotalSeconds:0} s"));
        }
    }

    /// <summary>What of the bytes received may be seen. Only of a head it may be nothing: then more must come first.</summary>
    private bool TryGive(in ReadResult received, out ReadResult given)
    {
        if (_part is Part.Head) return TryGiveHead(received, out given);
        given = _part switch
        {
            Part.Chunks => GiveChunks(received),
            Part.Opaque => Give(received, received.Buffer.Length),
            _ => Give(received, _left),
        };
        return true;
    }

    private bool TryGiveHead(in ReadResult received, out ReadResult given)
    {
        var buffer = received.Buffer;
        _search.Search(buffer);
        if (FaultSoFar(received) is { } fault)
        {
            given = Refuse(buffer.End, fault);
            return true;
        }
        if (_search.End is { } end)
        {
            given = GiveHead(received, buffer.Slice(_search.Leading, end - _search.Leading));
            return true;
        }
        _given = buffer.Slice(0, 0);
        given = new(_given, received.IsCanceled, received.IsCompleted);
        if (received.IsCanceled || received.IsCompleted) return true;
        _inner.AdvanceTo(buffer.Start, buffer.End);
        return false;
    }

    /// <summary>What is wrong with a head though it isn't whole yet.</summary>
    private MalformedRequest? FaultSoFar(in ReadResult received)
    {
        if (_search.FirstLine > RequestHead.LongestLine) return new(HeadFault.TargetTooLong, $"found a request line of more than {RequestHead.LongestLine} bytes");
        if (_search.Length - _search.FirstLine > RequestHead.LargestHeader) return new(HeadFault.HeaderTooLarge, $"found a header of more than {RequestHead.LargestHeader} bytes");
        if (_search.Length is 0 || _search.End is not null) return null;
        if (received.IsCompleted) return new(HeadFault.Malformed, "found the connection's end within a head");
        var first = received.Buffer.Slice(_search.Leading).FirstSpan[0];
        return RequestHead.MayBeginWith(first) ? null : new(HeadFault.Malformed, $"found a first byte of 0x{first:x2}, expected a method");
    }

    private ReadResult GiveHead(in ReadResult received, in ReadOnlySequence<byte> head)
    {
        byte[]? rented = null;
        var bytes = head.FirstSpan;
        if (!head.IsSingleSegment)
        {
            rented = ArrayPool<byte>.Shared.Rent((int)head.Length);
            head.CopyTo(rented);
            bytes = rented.AsSpan(0, (int)head.Length);
        }
        try
        {
            var read = new RequestHead();
            if (read.Read(bytes) is { } malformed) return Refuse(received.Buffer.End, malformed);
            (_framing, _bodyLength, Nominated) = (read.Framing, read.Length, read.Nominated);
            (_part, _left, _given) = (Part.GivenHead, head.Length, head);
            return read.AsksForHttp2 ? Replace(head.End, Http2Upgrade.Remove(bytes)) : new(head, received.IsCanceled, isCompleted: false);
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private ReadResult GiveChunks(in ReadResult received)
    {
        if (_chunks.Fault is not null) throw Broken(received);
        foreach (var memory in received.Buffer.Slice(_scanned))
        {
            _scanned += _chunks.Scan(memory.Span);
            if (_chunks.IsDone || _chunks.Fault is not null) break;
        }
        if (_chunks.IsDone) _left = _scanned;
        if (_chunks.Fault is not { } fault) return Give(received, _scanned);
        Refused = new(HeadFault.Malformed, fault);
        if (_scanned is 0) throw Broken(received);
        _given = received.Buffer.Slice(0, _scanned);
        return new(_given, received.IsCanceled, isCompleted: false);
    }

    /// <summary>
    /// The server sees the body fail, and so no end that another reader might not see. Were it the connection that ended here, it
    /// would take the client for gone and not answer.
    /// </summary>
    private BadHttpRequestException Broken(in ReadResult received)
    {
        _inner.AdvanceTo(received.Buffer.Start);
        return new(Refused!.Detail, StatusCodes.Status400BadRequest);
    }

    private ReadResult Give(in ReadResult received, long atMost)
    {
        var isAll = received.Buffer.Length <= atMost;
        _given = isAll ? received.Buffer : received.Buffer.Slice(0, atMost);
        return new(_given, received.IsCanceled, isAll && received.IsCompleted);
    }

    private ReadResult Refuse(SequencePosition upTo, MalformedRequest refused)
    {
        (Refused, Nominated, _framing, _part) = (refused, null, BodyFraming.Refused, Part.GivenHead);
        return Replace(upTo, StandIn);
    }

    private ReadResult Replace(SequencePosition upTo, byte[] head)
    {
        (_replaced, _given, _left) = (upTo, new(head), head.Length);
        return new(_given, isCanceled: false, isCompleted: false);
    }

    private void EndPart() => Begin(_part is not Part.GivenHead ? Part.Head : _framing switch
    {
        BodyFraming.None => Part.Head,
        BodyFraming.Length => Part.Length,
        BodyFraming.Chunked => Part.Chunks,
        BodyFraming.Opaque => Part.Opaque,
        _ => Part.Over,
    });

    private void Begin(Part part)
    {
        (_part, _scanned, _left) = (part, 0, part is Part.Length ? _bodyLength : long.MaxValue);
        if (part is Part.Head) _search = new();
        if (part is Part.Chunks) _chunks = new();
    }
}
