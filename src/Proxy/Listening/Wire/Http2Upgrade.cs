using System.Buffers;
using System.Text;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>
/// The upgrade from HTTP/1.1 to HTTP/2 that RFC 7540 section 3.2 had: Java's client asks for it with each connection's first
/// request, bodies included, and goes on in HTTP/1.1 where nobody takes it up.
/// </summary>
internal static class Http2Upgrade
{
    private static readonly byte[][] Fields = ["upgrade:"u8.ToArray(), "http2-settings:"u8.ToArray()];

    private static ReadOnlySpan<byte> Connection => "connection:"u8;

    /// <param name="head">Whole, and read as valid.</param>
    /// <returns>The same head that doesn't ask.</returns>
    public static byte[] Remove(ReadOnlySpan<byte> head)
    {
        var kept = new ArrayBufferWriter<byte>(head.Length);
        while (!head.IsEmpty)
        {
            var end = head.IndexOf((byte)'\n') + 1;
            var line = head[..end];
            head = head[end..];
            if (StartsWith(line, Connection)) KeepOtherOptions(kept, line);
            else if (!StartsWith(line, Fields[0]) && !StartsWith(line, Fields[1])) kept.Write(line);
        }
        return kept.WrittenSpan.ToArray();
    }

    private static void KeepOtherOptions(ArrayBufferWriter<byte> kept, ReadOnlySpan<byte> line)
    {
        var options = Encoding.ASCII.GetString(line[Connection.Length..])
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(option => !option.Equals("upgrade", StringComparison.OrdinalIgnoreCase) && !option.Equals("http2-settings", StringComparison.OrdinalIgnoreCase));
        var rest = string.Join(", ", options);
        if (rest.Length > 0) kept.Write(Encoding.ASCII.GetBytes($"Connection: {rest}\r\n"));
    }

    private static bool StartsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> lowerCase) =>
        line.Length >= lowerCase.Length && Ascii.EqualsIgnoreCase(line[..lowerCase.Length], lowerCase);
}
