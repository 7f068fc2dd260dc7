using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Api.Resources.Schema;

/// <summary>
/// A schema's pattern. It is RE2 to an API server: matched in linear time, and <c>$</c> is the end of the text, where .NET's also
/// matches before a last line feed.
/// </summary>
internal sealed class SchemaPattern(string text)
{
    private readonly Regex _regex = new(EndOnly(text), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>As the schema has it.</summary>
    public string Text => text;

    public bool IsMatch(string value) => _regex.IsMatch(value);

    private static string EndOnly(string pattern)
    {
        var translated = new StringBuilder(pattern.Length + 1);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                translated.Append(c).Append(pattern[++i]);
                continue;
            }
            inClass = c == '[' || (inClass && c != ']');
            translated.Append(c == '$' && !inClass ? @"\z" : c.ToString());
        }
        return translated.ToString();
    }
}
