using System.Text.RegularExpressions;

namespace Mesh.KubeApi.Cel;

/// <summary>An expression's words, in order, to be taken one by one.</summary>
internal sealed partial class CelTokens
{
    private readonly List<string> _tokens = [];
    private int _next;

    public CelTokens(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var match = Token().Match(text, at);
            if (!match.Success) throw new CelException($"at {at}: found '{text[at]}', expected an expression");
            if (match.Groups["word"].Success) _tokens.Add(match.Groups["word"].Value);
            at += match.Length;
        }
    }

    public string? Peek => _next < _tokens.Count ? _tokens[_next] : null;

    public string Take() => _next < _tokens.Count ? _tokens[_next++] : throw new CelException("the expression ends too early");

    public bool TryTake(string token)
    {
        if (Peek != token) return false;
        _next++;
        return true;
    }

    public void Expect(string token)
    {
        if (!TryTake(token)) throw new CelException($"found '{Peek}', expected '{token}'");
    }

    [GeneratedRegex("""\G(?:\s+|(?<word>'[^']*'|"[^"]*"|[0-9]+|[A-Za-z_][A-Za-z_0-9]*|&&|\|\||==|!=|<=|>=|[][(){}.,?:!<>]))""")]
    private static partial Regex Token();
}
