using System.Text;

namespace Mesh.Cli.Output;

/// <summary>Columns of text, aligned as kubectl aligns them.</summary>
internal sealed class TextTable(params string[] header)
{
    private const int Gap = 3;
    private readonly List<string[]> _rows = [header];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter output)
    {
        var widths = Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Length; column++) line.Append(row[column].PadRight(widths[column] + Gap));
            output.WriteLine(line.ToString().TrimEnd());
        }
    }
}
