using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>One form from the corpus: bytes for the wire, and what is to come of them. Corpus/README.md tells the format.</summary>
internal sealed record CorpusCase(string Name, IReadOnlyList<string> Expected, byte[] Bytes, string Method)
{
    private const string Title = "== ", Begin = ">>>", End = "<<<", Expect = "expect: ", MethodIs = "method: ";

    public override string ToString() => Name;

    /// <summary>Every case in a folder of the corpus; names start with their file's.</summary>
    public static IReadOnlyList<CorpusCase> ReadAll(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.txt").Order(StringComparer.Ordinal).SelectMany(Read)];

    private static string Root([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Corpus");

    private static IEnumerable<CorpusCase> Read(string file)
    {
        var lines = File.ReadAllLines(file);
        if (!lines.Any(line => line.StartsWith("# Source: ", StringComparison.Ordinal))) throw new FormatException($"{file}: names no source");
        string? name = null;
        var (expected, method) = (new List<string>(), "GET");
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.StartsWith(Title, StringComparison.Ordinal)) (name, expected, method) = (line[Title.Length..], [], "GET");
            else if (line.StartsWith(Expect, StringComparison.Ordinal)) expected.Add(line[Expect.Length..]);
            else if (line.StartsWith(MethodIs, StringComparison.Ordinal)) method = line[MethodIs.Length..];
            else if (line is Begin)
            {
                var end = Array.IndexOf(lines, End, i);
                if (name is null || expected.Count is 0 || end < 0) throw new FormatException($"{file}:{i + 1}: a case needs a title, what to expect and an end");
                yield return new($"{Path.GetFileNameWithoutExtension(file)}: {name}", expected, Wire(lines[(i + 1)..end]), method);
                (name, i) = (null, end);
            }
            else if (line.Length > 0 && line[0] is not '#') throw new FormatException($"{file}:{i + 1}: found '{line}', expected a title, 'expect:', '>>>' or a comment");
        }
    }

    private static byte[] Wire(IEnumerable<string> lines)
    {
        var bytes = new List<byte>();
        foreach (var line in lines) Append(bytes, line);
        return [.. bytes];
    }

    private static void Append(List<byte> bytes, string line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] is not '\\')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(line, i, 1));
                continue;
            }
            if (i == line.Length - 1) return;
            i++;
            switch (line[i])
            {
                case 'n': bytes.Add((byte)'\n'); break;
                case 'r': bytes.Add((byte)'\r'); break;
                case 't': bytes.Add((byte)'\t'); break;
                case '0': bytes.Add(0); break;
                case '\\': bytes.Add((byte)'\\'); break;
                case 'x':
                    bytes.Add(byte.Parse(line.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 2;
                    break;
                // \{70000}: the byte before, that many times in all.
                case '{':
                    var close = line.IndexOf('}', i);
                    bytes.AddRange(Enumerable.Repeat(bytes[^1], int.Parse(line.AsSpan(i + 1, close - i - 1), CultureInfo.InvariantCulture) - 1));
                    i = close;
                    break;
                default: throw new FormatException($"found \\{line[i]}, expected one of \\n \\r \\t \\0 \\\\ \\xHH \\{{COUNT}}");
            }
        }
        bytes.AddRange("\r\n"u8);
    }
}
