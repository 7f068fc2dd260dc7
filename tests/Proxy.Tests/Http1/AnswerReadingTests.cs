using System.Text;
using FsCheck;
using FsCheck.Xunit;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>What answers mean, in whatever pieces they come: RFC 9112 sections 6 and 7.</summary>
public sealed class AnswerReadingTests
{
    private static readonly Dictionary<string, (string Answer, string Meaning)> Answers = new()
    {
        ["length"] = ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\n\r\nhello", "200 OK [X-A: 1] hello"),
        ["chunks"] = ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", "200 OK [Transfer-Encoding: chunked] hello"),
        ["trailers"] = ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n", "200 OK [Transfer-Encoding: chunked] hello [X-Sum: 1]"),
        ["to the end"] = ("HTTP/1.1 200 OK\r\n\r\nhello", "200 OK [] hello"),
        ["HTTP/1.0"] = ("HTTP/1.0 200 Fine\r\nContent-Length: 5\r\n\r\nhello", "200 Fine [] hello"),
        ["interim answers"] = ("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "204 No Content [] "),
        ["no reason, no space"] = ("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "404  [] "),
        ["white space and bytes beyond ASCII"] = ("HTTP/1.1 200 OK\r\nX-A: \t \xe9 b \t\r\nX-B:\r\nContent-Length: 0\r\n\r\n", "200 OK [X-A: \xe9 b, X-B: ] "),
        ["bare line feeds"] = ("HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 5\n\nhello", "200 OK [X-A: 1] hello"),
        ["a field twice"] = ("HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n", "200 OK [Set-Cookie: a, Set-Cookie: b] "),
    };

    public static TheoryData<string> Names => [.. Answers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_MeansTheSame_WhereverItIsCut(string name)
    {
        var (answer, meaning) = Answers[name];
        var bytes = Encoding.Latin1.GetBytes(answer);
        for (var cut = 0; cut <= bytes.Length; cut++) Assert.Equal(meaning, await ReadAsync([bytes[..cut], bytes[cut..]], bufferLength: 1 + cut % 7));
        Assert.Equal(meaning, await ReadAsync([.. bytes.Select(single => new[] { single })], bufferLength: 3));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_ThatBreaksOff_IsNeverTakenForWhole(string name)
    {
        var (answer, meaning) = Answers[name];
        if (name is "to the end") return;
        var bytes = Encoding.Latin1.GetBytes(answer);
        for (var cut = 1; cut < bytes.Length; cut++) await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync([bytes[..cut]], bufferLength: 16));
        Assert.Equal(meaning, await ReadAsync([bytes], bufferLength: 16));
    }

    [Property(MaxTest = 200)]
    public bool ChunkedBody_ComesOutAsItWentIn(byte[][] chunks, PositiveInt piece, PositiveInt bufferLength)
    {
        var wire = new MemoryStream();
        wire.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        foreach (var chunk in chunks.Where(chunk => chunk.Length > 0))
        {
            wire.Write(Encoding.ASCII.GetBytes($"{chunk.Length:X}\r\n"));
            wire.Write(chunk);
            wire.Write("\r\n"u8);
        }
        wire.Write("0\r\n\r\n"u8);
        var read = ReadAsync([.. wire.ToArray().Chunk(piece.Get)], bufferLength.Get).GetAwaiter().GetResult();
        return read == "200 OK [Transfer-Encoding: chunked] " + Encoding.Latin1.GetString([.. chunks.SelectMany(chunk => chunk)]);
    }

    [Property(MaxTest = 100)]
    public bool ChunkedRequest_GoesOutAsItCameIn(byte[][] writes)
    {
        var connection = new PiecewiseStream(["HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray()]);
        using var client = new HttpMessageInvoker(new Http1Handler(_ => new(connection), TimeSpan.FromSeconds(1), TimeProvider.System));
        using var request = PlayedServer.NewRequest(HttpMethod.Post, new PiecewiseContent(writes));
        client.SendAsync(request, CancellationToken.None).GetAwaiter().GetResult().Dispose();
        var (head, body) = Split(connection.Written);
        return head.EndsWith("Transfer-Encoding: chunked\r\n\r\n", StringComparison.Ordinal) && ReadAnswerBody(body).SequenceEqual(writes.SelectMany(write => write));
    }

    // What reads a chunked answer reads a chunked request.
    private static byte[] ReadAnswerBody(byte[] body) => Encoding.Latin1.GetBytes(
        ReadAsync(["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), body], bufferLength: 100).GetAwaiter().GetResult()["200 OK [Transfer-Encoding: chunked] ".Length..]);

    private static (string Head, byte[] Body) Split(byte[] message)
    {
        var end = message.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        return (Encoding.Latin1.GetString(message, 0, end), message[end..]);
    }

    private static async Task<string> ReadAsync(byte[][] pieces, int bufferLength)
    {
        // A read of nothing would end the stream.
        using var client = new HttpMessageInvoker(new Http1Handler(_ => new(new PiecewiseStream(pieces.Where(piece => piece.Length > 0))), TimeSpan.FromSeconds(1), TimeProvider.System));
        using var request = PlayedServer.NewRequest();
        using var response = await client.SendAsync(request, CancellationToken.None);
        var body = new StringBuilder();
        var stream = await response.Content.ReadAsStreamAsync(CancellationToken.None);
        var buffer = new byte[bufferLength];
        while (await stream.ReadAsync(buffer) is > 0 and var read) body.Append(Encoding.Latin1.GetString(buffer, 0, read));
        var fields = Assert.IsType<ReceivedAnswer>(response).Fields.All.ToArray()
            .Where(field => field.Key is not "Content-Length").SelectMany(field => field.Value.Select(value => $"{field.Key}: {value}"));
        var trailers = response.TrailingHeaders.NonValidated.SelectMany(field => field.Value.Select(value => $" [{field.Key}: {value}]"));
        return $"{(int)response.StatusCode} {response.ReasonPhrase} [{string.Join(", ", fields)}] {body}{string.Concat(trailers)}";
    }
}
