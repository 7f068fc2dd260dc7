namespace Mesh.Api.Resources.Yaml;

/// <summary>
/// Splits a text at its <c>---</c> lines, which can stand in no scalar (YAML 1.2 section 9.1.4), so that an error in one document
/// doesn't cost the next.
/// </summary>
internal static class YamlChunks
{
    public static IEnumerable<(string Text, int FirstLine)> Split(string text)
    {
        var (start, firstLine, line) = (0, 1, 1);
        for (var position = 0; position < text.Length; line++)
        {
            if (position > start && IsMarker(text, position) && !IsPreamble(text.AsSpan(start, position - start)))
            {
                yield return (text[start..position], firstLine);
                (start, firstLine) = (position, line);
            }
            var end = text.IndexOf('\n', position);
            position = end < 0 ? text.Length : end + 1;
        }
        yield return (text[start..], firstLine);
    }

    private static bool IsMarker(string text, int position) =>
        string.CompareOrdinal(text, position, "---", 0, 3) == 0 && (position + 3 == text.Length || char.IsWhiteSpace(text[position + 3]));

    // Comments and directives (%YAML 1.2) belong to the document that follows.
    private static bool IsPreamble(ReadOnlySpan<char> text)
    {
        foreach (var line in text.EnumerateLines())
        {
            if (!line.IsWhiteSpace() && line.TrimStart()[0] is not ('#' or '%')) return false;
        }
        return true;
    }
}
