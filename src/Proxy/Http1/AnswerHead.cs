using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.WebUtilities;

namespace Mesh.Proxy.Http1;

/// <summary>
/// The head of an answer, read line by line as it comes, by the letter: RFC 9112 sections 4 to 6. A line may end in a bare line feed
/// (section 2.2), as old applications write them; it goes on with both.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The answer is whoever's it is given to; one that was begun only holds memory.")]
internal sealed class AnswerHead(HttpRequestMessage request)
{
    private const int MostDigits = 19;

    private int _bytes, _fields;
    private bool _isHttp10, _hasLength, _isChunked, _closes, _keepsAlive;
    private ReceivedAnswer? _response;

    /// <summary>Null until the status line has come.</summary>
    public int? Status { get; private set; }

    /// <summary>How the body ends.</summary>
    public AnswerFraming Framing { get; private set; }

    /// <summary>The body's, where it has one.</summary>
    public long Length { get; private set; }

    /// <summary>The connection may carry another request once the answer has ended: RFC 9112 section 9.3.</summary>
    public bool KeepsConnection => !_closes && (!_isHttp10 || _keepsAlive) && Framing is not AnswerFraming.Close;

    /// <summary>Whether it is only a word ahead of the answer: RFC 9110 section 15.2.</summary>
    public bool IsInterim => Status is < 200;

    /// <summary>Takes what lines have come.</summary>
    /// <param name="received">The lines taken are gone from it.</param>
    /// <returns>The answer once its head is whole, still without a body; null while there is more to come.</returns>
    /// <exception cref="HttpRequestException">It is no HTTP, can be read in two ways, or is too large.</exception>
    public ReceivedAnswer? Read(ReceiveBuffer received)
    {
        while (!received.IsEmpty)
        {
            var unread = received.Unread;
            var feed = unread.IndexOf((byte)'\n');
            if (_bytes + (feed < 0 ? unread.Length : feed) > RequestHead.LargestHeader) throw TooLarge($"{RequestHead.LargestHeader} bytes");
            if (feed < 0) return null;
            _bytes += feed + 1;
            var line = feed > 0 && unread[feed - 1] is (byte)'\r' ? unread[..(feed - 1)] : unread[..feed];
            if (_response is null) ReadStatusLine(line);
            else if (line.IsEmpty) Conclude();
            else ReadField(line);
            received.Advance(feed + 1);
            if (line.IsEmpty) return _response;
        }
        return null;
    }

    private void ReadStatusLine(ReadOnlySpan<byte> line)
    {
        // HTTP/1.1 200 OK
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || !char.IsAsciiDigit((char)line[7]) || line[8] is not (byte)' ' || line.Length > 12 && line[12] is not (byte)' '
            || line[9..12].ContainsAnyExceptInRange((byte)'0', (byte)'9') || line[9] is (byte)'0')
            throw Invalid("no status line of HTTP/1.1");
        _isHttp10 = line[7] is (byte)'0';
        Status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
        if (Status is 101) throw Invalid("a switch of protocols (101), which nobody asked for");
        var reason = line.Length > 13 ? line[13..] : default;
        if (FieldLine.HasControls(reason)) throw Invalid("control characters in the reason phrase");
        _response = new((HttpStatusCode)Status)
        {
            Version = _isHttp10 ? HttpVersion.Version10 : HttpVersion.Version11,
            ReasonPhrase = ReasonOf(reason),
            RequestMessage = request,
            Content = new AnswerContent(),
        };
    }

    // Mostly it is the usual one.
    private string ReasonOf(ReadOnlySpan<byte> reason)
    {
        var usual = ReasonPhrases.GetReasonPhrase(Status!.Value);
        return Ascii.Equals(reason, usual) ? usual : Encoding.Latin1.GetString(reason);
    }

    private void ReadField(ReadOnlySpan<byte> line)
    {
        if (++_fields > RequestHead.MostFields) throw TooLarge($"{RequestHead.MostFields} fields");
        var field = FieldLine.Read(line);
        // Interim answers are dropped, but that they are HTTP.
        if (IsInterim) return;
        if (field.Meaning is not FieldMeaning.None) Heed(field.Meaning, field.ValueOf(line));
        if ((field.Meaning & FieldMeaning.EndsHere) is 0) _response!.Fields.Add(field.Name, field.Value);
    }

    private void Heed(FieldMeaning meaning, ReadOnlySpan<byte> value)
    {
        _closes |= (meaning & FieldMeaning.Closes) is not 0;
        _keepsAlive |= (meaning & FieldMeaning.Stays) is not 0;
        if (meaning is FieldMeaning.Length) ReadLength(value);
        else if (meaning is FieldMeaning.Coding) ReadCoding(value);
    }

    private void ReadLength(ReadOnlySpan<byte> value)
    {
        // Utf8Parser alone would take a sign.
        if (_hasLength || value.Length is 0 or > MostDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(value, out long length, out _))
            throw Invalid("a Content-Length that isn't decimal digits, once");
        (_hasLength, Length) = (true, length);
    }

    private void ReadCoding(ReadOnlySpan<byte> value)
    {
        if (_isChunked || !Ascii.EqualsIgnoreCase(value, "chunked"u8)) throw Invalid("a Transfer-Encoding that isn't chunked, once");
        _isChunked = true;
    }

    private void Conclude()
    {
        if (_isChunked && _hasLength) throw Invalid("Content-Length and Transfer-Encoding, expected one of the two (RFC 9112 section 6.3)");
        if (_isChunked && _isHttp10) throw Invalid("Transfer-Encoding in HTTP/1.0, which doesn't know it (RFC 9112 section 6.1)");
        var hasBody = !IsInterim && Status is not (204 or 304) && request.Method != HttpMethod.Head;
        Framing = !hasBody || _hasLength && Length is 0 ? AnswerFraming.None : _isChunked ? AnswerFraming.Chunked : _hasLength ? AnswerFraming.Length : AnswerFraming.Close;
    }

    /// <param name="what">Was found.</param>
    public static HttpRequestException Invalid(string what) => new(HttpRequestError.InvalidResponse, $"the answer is malformed: found {what}");

    private static HttpRequestException TooLarge(string limit) => new(HttpRequestError.ConfigurationLimitExceeded, $"the answer's head is larger than {limit}");
}
