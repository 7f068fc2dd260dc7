using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;
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
    /// <summary>Bytes, of what is received at a time: a head with a small body.</summary>
    private const int BufferLength = 8 * 1024;

    private readonly SendBuffer _sending = new();
    private AnswerHead _head = null!;
    private ValueTask<int> _readable;
    private bool _isWatched;
    private bool _hasLookedAgain;
    private int _underWay;
    private volatile bool _isReusable;
    private Exception? _bodyFailure;

    // Something has come of the answer to the request under way.
    private bool _hasAnswered;

    /// <summary>Sends a request on another connection.</summary>
    /// <param name="idle">Where that is to wait afterwards.</param>
    /// <param name="request">Which.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public delegate Task<HttpResponseMessage> Repetition(IdleConnections idle, HttpRequestMessage request, CancellationToken cancellationToken);

    public Stream Stream => stream;

    public ReceiveBuffer Received { get; } = new(BufferLength);

    /// <summary>Since which of the <see cref="IdleConnections.Looks"/> it has been idle.</summary>
    public int IdleSince { get; private set; }

    /// <summary>Sends a request; the connection is its own until its answer has been read to the end.</summary>
    /// <param name="request">To HTTP/1.1.</param>
    /// <param name="again">Sends it on another connection where this one turns out to have ended before the request; null: it fails then.</param>
    /// <param name="cancellationToken">Ends it, and the connection.</param>
    /// <returns>The answer, as soon as its head is whole.</returns>
    /// <exception cref="HttpRequestException">There is no answer, or none that can be read.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Repetition? again, CancellationToken cancellationToken)
    {
        (_underWay, _isReusable, _hasAnswered) = (2, true, false);
        var aborting = cancellationToken.UnsafeRegister(static connection => ((Http1Connection)connection!).Abort(), this);
        try
        {
            var length = request.Content is null ? (long?)null : request.Content.Headers.ContentLength ?? -1;
            using var expectation = length is not null && Expects(request) ? new Expectation(time) : null;
            RequestHeadWriter.Write(_sending, request, length);
            var sending = request.Content is null ? null : SendBodyAsync(request.Content, length!.Value, expectation, cancellationToken);
            if (sending is null)
            {
                await stream.WriteAsync(_sending.Written, cancellationToken);
                EndRequest();
            }
            if (_isWatched)
            {
                _isWatched = false;
                await _readable;
            }
            _head = new(request);
            ReceivedAnswer? answer;
            while ((answer = TakeHead(request, expectation)) is null)
            {
                if (!await Received.FillAsync(stream, CancellationToken.None)) throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection ended before the answer's head did");
                _hasAnswered = true;
            }
            if (expectation is not null && expectation.Answered((int)answer.StatusCode, length!.Value)) await sending!;
            // From here on others end it: whoever reads the body, then the next request.
            await aborting.DisposeAsync();
            return Begin(answer);
        }
        catch (Exception failure)
        {
            await aborting.DisposeAsync();
            Abort();
            var explained = Explain(failure, cancellationToken);
            if (again is null || _hasAnswered || explained is not HttpRequestException || cancellationToken.IsCancellationRequested) throw explained;
        }
        return await again(idle, request, cancellationToken);
    }

    /// <summary>For who has it while it is idle.</summary>
    /// <returns>Whether nothing has come meanwhile: neither the server's end nor an answer that nobody asked for.</returns>
    [SuppressMessage("Reliability", "CA2012", Justification = "Awaited once, by the next request; until then it is only looked at.")]
    public bool StaysQuiet()
    {
        if (!_readable.IsCompleted) return true;
        // A wait may be ended by the news, come late, of what had been read already; one that begins looks for itself.
        if (!_readable.IsCompletedSuccessfully || _hasLookedAgain) return false;
        _hasLookedAgain = true;
        _ = _readable.Result;
        Watch();
        return !_readable.IsCompleted;
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
        EndRequest();
    }

    /// <returns>Null while more of it is to come.</returns>
    private ReceivedAnswer? TakeHead(HttpRequestMessage request, Expectation? expectation)
    {
        while (true)
        {
            var answer = _head.Read(Received);
            if (answer is null || !_head.IsInterim) return answer;
            if (_head.Status is 100) expectation?.Continue();
            _head = new(request);
        }
    }

    private ReceivedAnswer Begin(ReceivedAnswer response)
    {
        if (_head.Framing is AnswerFraming.None) EndAnswer();
        else BeginBody(response);
        return response;
    }

    private void EndRequest()
    {
        _sending.Release();
        EndPart();
    }

    private void BeginBody(ReceivedAnswer response)
    {
        response.HasBody = true;
        ((AnswerContent)response.Content).Body = new AnswerStream(this, _head.Framing, _head.Length, response);
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

    /// <summary>Waits for a request.</summary>
    private void Rest()
    {
        Watch();
        (_isWatched, _hasLookedAgain, IdleSince) = (true, false, idle.Looks);
        if (StaysQuiet()) idle.Add(this);
        else stream.Dispose();
    }

    // A read of nothing needs no buffer, and completes when the server closes or speaks out of turn.
    [SuppressMessage("Reliability", "CA2012", Justification = "Awaited once, by the next request; until then it is only looked at.")]
    private void Watch() => _readable = stream.ReadAsync(Memory<byte>.Empty);

    private Exception Explain(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        _ when cancellationToken.IsCancellationRequested => new OperationCanceledException("the request was cancelled", failure, cancellationToken),
        _ when _bodyFailure is { } own => own,
        HttpIOException broken => new HttpRequestException(broken.HttpRequestError, broken.Message, broken),
        // Of a stream that shares a connection: none of it has been looked at.
        IOException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => new HttpRequestException(HttpRequestError.ConnectionError, failure.Message, failure),
        IOException or ObjectDisposedException => new HttpRequestException(HttpRequestError.Unknown, failure.Message, failure),
        _ => failure,
    };

    private static bool Expects(HttpRequestMessage request) =>
        MessageFields.TryGet(request, HeaderNames.Expect, out var values) && MessageFields.Line(values).Contains("100-continue", StringComparison.OrdinalIgnoreCase);
}
