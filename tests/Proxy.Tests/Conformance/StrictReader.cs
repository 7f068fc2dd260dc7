using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>
/// Reads HTTP/1.1 messages by the letter of RFC 9112 and takes nothing that another reader could take differently. It shares no
/// code with what it judges.
/// </summary>
internal sealed class StrictReader(Stream stream)
{
    private static readonly SearchValues<char> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start, _end;

    /// <summary>The next request; null where the stream ends between two.</summary>
    /// <exception cref="FormatException">It isn't one.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within it.</exception>
    public async Task<StrictMessage?> ReadRequestAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken)) return null;
        var line = (await ReadLineAsync(cancellationToken)).Split(' ');
        if (line is not [var method, var target, "HTTP/1.1"] || !IsToken(method) || target.Length is 0 || target.Any(letter => letter is <= ' ' or >= '\x7f'))
            throw new FormatException($"request line: found '{string.Join(' ', line)}'");
        var fields = await ReadFieldsAsync(cancellationToken);
        if (fields.Count(field => Is(field, "Host")) is not 1) throw new FormatException("Host: expected exactly one");
        return new(method, target, fields, await ReadBodyAsync(fields, bodyWithoutLength: false, cancellationToken));
    }

    /// <summary>The next response, informational ones included; null where the stream ends before it.</summary>
    /// <param name="method">Of the request that it answers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<StrictMessage?> ReadResponseAsync(string method, CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken)) return null;
        var line = (await ReadLineAsync(cancellationToken)).Split(' ', 3);
        if (line is not ["HTTP/1.1", { Length: 3 } status, _] || !status.All(char.IsAsciiDigit)) throw new FormatException($"status line: found '{string.Join(' ', line)}'");
        var fields = await ReadFieldsAsync(cancellationToken);
        var bodyless = method is "HEAD" || status[0] is '1' || status is "204" or "304";
        return new(status, "", fields, bodyless ? "" : await ReadBodyAsync(fields, bodyWithoutLength: true, cancellationToken));
    }

    private async Task<List<KeyValuePair<string, string>>> ReadFieldsAsync(CancellationToken cancellationToken)
    {
        var fields = new List<KeyValuePair<string, string>>();
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !IsToken(line[..colon])) throw new FormatException($"field: found '{line}'");
            var value = line[(colon + 1)..].Trim(' ', '\t');
            if (value.Any(letter => letter is < ' ' and not '\t' or '\x7f')) throw new FormatException($"field value: found '{line}'");
            fields.Add(new(line[..colon], value));
        }
        return fields;
    }

    private async Task<string> ReadBodyAsync(List<KeyValuePair<string, string>> fields, bool bodyWithoutLength, CancellationToken cancellationToken)
    {
        var lengths = fields.Where(field => Is(field, "Content-Length")).Select(field => field.Value).ToArray();
        var codings = fields.Where(field => Is(field, "Transfer-Encoding")).Select(field => field.Value).ToArray();
        switch (lengths, codings)
        {
            case ([], []): return bodyWithoutLength ? await ReadToEndAsync(cancellationToken) : "";
            case ([var length], []) when length.Length is > 0 and < 18 && length.All(char.IsAsciiDigit):
                return await ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture), cancellationToken);
            case ([], ["chunked"]): return await ReadChunksAsync(cancellationToken);
            default: throw new FormatException($"framing: found Content-Length [{string.Join("][", lengths)}], Transfer-Encoding [{string.Join("][", codings)}]");
        }
    }

    private async Task<string> ReadChunksAsync(CancellationToken cancellationToken)
    {
        var body = new StringBuilder();
        while (true)
        {
            var size = await ReadLineAsync(cancellationToken);
            if (size.Length is 0 or > 8 || !size.All(char.IsAsciiHexDigit)) throw new FormatException($"chunk size: found '{size}'");
            var length = int.Parse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length is 0) break;
            body.Append(await ReadExactlyAsync(length, cancellationToken));
            if (await ReadLineAsync(cancellationToken) is { Length: > 0 } rest) throw new FormatException($"chunk end: found '{rest}'");
        }
        await ReadFieldsAsync(cancellationToken);
        return body.ToString();
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            var letter = (char)await ReadByteAsync(cancellationToken);
            if (letter is '\n' or '\0') throw new FormatException($"line: found a bare {(letter is '\n' ? "LF" : "NUL")} after '{line}'");
            if (letter is not '\r')
            {
                line.Append(letter);
                continue;
            }
            return await ReadByteAsync(cancellationToken) is (byte)'\n' ? line.ToString() : throw new FormatException($"line: found a bare CR after '{line}'");
        }
    }

    private async Task<string> ReadExactlyAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new StringBuilder();
        while (bytes.Length < length) bytes.Append((char)await ReadByteAsync(cancellationToken));
        return bytes.ToString();
    }

    private async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var bytes = new StringBuilder();
        while (await FillAsync(cancellationToken)) bytes.Append((char)_buffer[_start++]);
        return bytes.ToString();
    }

    private async ValueTask<byte> ReadByteAsync(CancellationToken cancellationToken) =>
        await FillAsync(cancellationToken) ? _buffer[_start++] : throw new EndOfStreamException("the stream ended within a message");

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start < _end) return true;
        (_start, _end) = (0, await stream.ReadAsync(_buffer, cancellationToken));
        return _end > 0;
    }

    private static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Token);

    private static bool Is(KeyValuePair<string, string> field, string name) => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A message as it was read: a request's method and target, or a response's status and nothing.</summary>
internal sealed record StrictMessage(string Start, string Target, IReadOnlyList<KeyValuePair<string, string>> Fields, string Body)
{
    public string? this[string name] => Fields.FirstOrDefault(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>As the corpus writes it: <c>POST /a a "hello"</c>.</summary>
    public string Summary => $"{Start} {Target} {this["Host"]} \"{Body}\"";
}
