using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mesh.Api.Resources.Yaml;

/// <summary>
/// What a plain scalar means in the core schema of YAML 1.2 (section 10.3.2): <c>yes</c> and <c>on</c> are text, <c>0o17</c> is a number.
/// </summary>
internal static partial class YamlScalar
{
    // More digits than any number in a manifest has; converting a text's digits costs the square of their count.
    private const int LongestNumber = 64;

    public static JsonNode? Resolve(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when text.Length <= LongestNumber && Number(text) is { } number => number,
        _ => JsonValue.Create(text),
    };

    /// <summary>JSON has neither infinity nor "not a number".</summary>
    public static bool IsOutsideJson(string text) => InfinityOrNaN().IsMatch(text);

    private static JsonValue? Number(string text)
    {
        if (Decimal().IsMatch(text)) return Integer(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        if (Octal().IsMatch(text)) return Integer(text.AsSpan(2).ToArray().Aggregate(BigInteger.Zero, (sum, digit) => (sum * 8) + (digit - '0')));
        if (Hexadecimal().IsMatch(text)) return Integer(BigInteger.Parse($"0{text.AsSpan(2)}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        if (!Float().IsMatch(text)) return null;
        var number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        // Whole floats become integers as in sigs.k8s.io/yaml: 2.0 may stand where an integer is expected.
        return double.IsInteger(number) && Math.Abs(number) < 1L << 53 ? JsonValue.Create((long)number) : double.IsFinite(number) ? JsonValue.Create(number) : null;
    }

    private static JsonValue Integer(BigInteger number) =>
        number >= long.MinValue && number <= long.MaxValue ? JsonValue.Create((long)number) : JsonValue.Create((double)number);

    [GeneratedRegex(@"^[-+]?[0-9]+\z")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^0o[0-7]+\z")]
    private static partial Regex Octal();

    [GeneratedRegex(@"^0x[0-9a-fA-F]+\z")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Float();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex InfinityOrNaN();
}
