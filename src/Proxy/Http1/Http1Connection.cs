using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace Mesh.Proxy.Http1;

/// <summary>
/// One connection to a server, for one request at a time: RFC 9112. The request and its answer end independently of each other; when
/// both have, and nothing speaks against it, the connection waits for the next one, without memory for bytes.
/// </summary>
/// <param name="stream">What it is spoken over. Reads and writes may be under way at once; closing it ends them.</param>
/// <param name="idle">Where it waits.</param>
/// <param name="time">The clock.</param>
internal sealed class Http1Connection(Stream stream, IdleConnections idle, TimeProvider time)
{
    private readonly SendBuffer _sending = new();
    private AnswerHead _head = null!;
    private ValueTask<int> _readable;
    private bool _isWatched;
    private int _underWay;
    private volatile bool _isReusable;
    private Exception? _bodyFailure;

    public Stream Stream => stream;

    public ReceiveBuffer Received { get; } = new();

    /// <summary>A timestamp: since when it has been idle.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Something has come of the answer to the request under way.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Nothing has come while it was idle: neither the server's end nor an answer that nobody asked for.</summary>
    public bool IsQuiet => !_readable.IsCompleted;

    /// <summary>Sends a request; the connection is its own until its answer has been read to the end.</summary>
    /// <returns>The answer, as soon as its head is whole.</returns>
    /// <exception cref="HttpRequestException">There is no answer, or none that can be read.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        (_underWay, _isReusable, HasAnswered) = (2, true, false);
        var aborting = cancellationToken.UnsafeRegister(static connection => ((Http1Connection)connection!).Abort(), this);
        try
        {
            var response = await (request.Content is { } content ? SendWithBodyAsync(request, content, cancellationToken) : SendHeadAsync(request, cancellationToken));
            // From here on others end it: whoever reads the body, then the next request.
            await aborting.DisposeAsync();
            return Begin(response);
        }
        catch (Exception failure)
        {
            await aborting.DisposeAsync();
            Abort();
            throw Explain(failure, cancellationToken);
        }
    }

    /// <summary>The answer has been read to its end.</summary>
    public void EndAnswer()
    {
        // A server that is about to close wants no more of the request either.
        if (!_head.KeepsConnection) Abort();
        EndPart();
    }

    /// <summary>Closes it, whatever is under way.</summary>
    public void Abort()
    {
        _isReusable = false;
        stream.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> SendHeadAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        RequestHeadWriter.Write(_sending, request, length: null);
        await stream.WriteAsync(_sending.Written, cancellationToken);
        _sending.Release();
        EndPart();
        return await ReceiveAsync(request, expectation: null);
    }

    private async ValueTask<HttpResponseMessage> SendWithBodyAsync(HttpRequestMessage request, HttpContent content, CancellationToken cancellationToken)
    {
        var length = content.Headers.ContentLength ?? -1;
        RequestHeadWriter.Write(_sending, request, length);
        using var expectation = Expects(request) ? new Expectation(time) : null;
        var sending = SendBodyAsync(content, length, expectation, cancellationToken);
        var response = await ReceiveAsync(request, expectation);
        if (expectation is not null && expectation.Answered((int)response.StatusCode, length)) await sending;
        return response;
    }

    /// <summary>Never fails: what does is for whoever waits for the answer to find out.</summary>
    private async Task SendBodyAsync(HttpContent content, long length, Expectation? expectation, CancellationToken cancellationToken)
    {
        var body = new RequestBody(stream, _sending, length);
        try
        {
            if (expectation is not null) await body.FlushAsync(cancellationToken);
            if (expectation is null || await expectation.IsSent)
            {
                await content.CopyToAsync(body, null, cancellationToken);
                await body.EndAsync(cancellationToken);
            }
            else
            {
                // What follows could be the body or the next request: nobody can tell.
                _isReusable = false;
            }
        }
        catch (Exception failure)
        {
            _isReusable = false;
            // A server that takes no more may have said why.
            if (!body.IsBroken)
            {
                _bodyFailure = failure;
                Abort();
            }
        }
        _sending.Release();
        EndPart();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> ReceiveAsync(HttpRequestMessage request, Expectation? expectation)
    {
        if (_isWatched)
        {
            _isWatched = false;
            await _readable;
        }
        while (true)
        {
            _head = new(request);
            HttpResponseMessage? response;
            while ((response = _head.Read(Received)) is null)
            {
                if (!await Received.FillAsync(stream, CancellationToken.None)) throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection ended before the answer's head did");
                HasAnswered = true;
            }
            if (!_head.IsInterim) return response;
            if (_head.Status is 100) expectation?.Continue();
        }
    }

    private HttpResponseMessage Begin(HttpResponseMessage response)
    {
        if (_head.Framing is AnswerFraming.None) EndAnswer();
        else ((AnswerContent)response.Content).Body = new AnswerStream(this, _head.Framing, _head.Length, response);
        return response;
    }

    private void EndPart()
    {
        if (Interlocked.Decrement(ref _underWay) is not 0) return;
        // What came behind the answer's end would be taken for the next one's.
        var isClean = Received.IsEmpty;
        Received.Release();
        if (_isReusable && isClean) Rest();
        else stream.Dispose();
    }

    // A read of nothing needs no buffer, and completes when the server closes or speaks out of turn.
    [SuppressMessage("Reliability", "CA2012", Justification = "Awaited once, by the next request; until then it is only looked at.")]
    private void Rest()
    {
        _readable = stream.ReadAsync(Memory<byte>.Empty);
        (_isWatched, IdleSince) = (true, time.GetTimestamp());
        if (IsQuiet) idle.Add(this);
        else stream.Dispose();
    }

    private Exception Explain(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        _ when cancellationToken.IsCancellationRequested => new OperationCanceledException("the request was cancelled", failure, cancellationToken),
        _ when _bodyFailure is { } own => own,
        HttpIOException broken => new HttpRequestException(broken.HttpRequestError, broken.Message, broken),
        IOException or ObjectDisposedException => new HttpRequestException(HttpRequestError.Unknown, failure.Message, failure),
        _ => failure,
    };

    private static bool Expects(HttpRequestMessage request) =>
        request.Headers.NonValidated.TryGetValues(HeaderNames.Expect, out var values) && values.ToString().Contains("100-continue", StringComparison.OrdinalIgnoreCase);
}
