using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Mesh.Api.Resources;

/// <summary>
/// A span of time as Kubernetes writes it: one to four numbers of at most five digits, each with a unit of
/// <c>h</c>, <c>m</c>, <c>s</c> or <c>ms</c> (<c>1s</c>, <c>250ms</c>, <c>1m30s</c>).
/// Source: Gateway API GEP-2257, which is a subset of what Go's <c>time.ParseDuration</c> and CEL's <c>duration()</c> read.
/// </summary>
[JsonConverter(typeof(Converter))]
public readonly partial record struct MeshDuration(TimeSpan Value) : IComparable<MeshDuration>
{
    /// <summary>What a valid text looks like, for error messages.</summary>
    public const string Expected = "a duration such as 1s, 250ms or 1m30s";

    /// <summary>The pattern of GEP-2257, as the CRDs carry it.</summary>
    public const string Pattern = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

    /// <summary>Reads a duration; false where the text is none.</summary>
    public static bool TryParse(string? text, out MeshDuration duration)
    {
        duration = default;
        if (text is null || !Whole().IsMatch(text)) return false;
        var total = TimeSpan.Zero;
        foreach (Match part in Part().Matches(text))
        {
            var number = int.Parse(part.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
            total += part.Groups["unit"].ValueSpan switch
            {
                "h" => TimeSpan.FromHours(number),
                "m" => TimeSpan.FromMinutes(number),
                "s" => TimeSpan.FromSeconds(number),
                _ => TimeSpan.FromMilliseconds(number),
            };
        }
        duration = new(total);
        return true;
    }

    /// <summary>Reads a duration.</summary>
    /// <exception cref="FormatException">The text is no duration.</exception>
    public static MeshDuration Parse(string text) =>
        TryParse(text, out var duration) ? duration : throw new FormatException($"'{text}' is not {Expected}.");

    /// <inheritdoc/>
    public int CompareTo(MeshDuration other) => Value.CompareTo(other.Value);

    /// <summary>The text in the largest units that reads back as this duration, to the millisecond.</summary>
    public override string ToString()
    {
        if (Value < TimeSpan.FromMilliseconds(1)) return "0s";
        var (hours, minutes, seconds, milliseconds) = ((int)Value.TotalHours, Value.Minutes, Value.Seconds, Value.Milliseconds);
        return (hours > 0 ? $"{hours}h" : "") + (minutes > 0 ? $"{minutes}m" : "")
            + (seconds > 0 ? $"{seconds}s" : "") + (milliseconds > 0 ? $"{milliseconds}ms" : "");
    }

    /// <summary>The earlier is the lesser.</summary>
    public static bool operator <(MeshDuration left, MeshDuration right) => left.Value < right.Value;

    /// <summary>The later is the greater.</summary>
    public static bool operator >(MeshDuration left, MeshDuration right) => left.Value > right.Value;

    /// <summary>Not the greater.</summary>
    public static bool operator <=(MeshDuration left, MeshDuration right) => left.Value <= right.Value;

    /// <summary>Not the lesser.</summary>
    public static bool operator >=(MeshDuration left, MeshDuration right) => left.Value >= right.Value;

    // "$" also matches before a last line feed in .NET, and nowhere but at the end in a CRD's pattern.
    [GeneratedRegex("^([0-9]{1,5}(h|m|s|ms)){1,4}\\z")]
    private static partial Regex Whole();

    [GeneratedRegex("(?<number>[0-9]{1,5})(?<unit>ms|h|m|s)")]
    private static partial Regex Part();

    internal sealed class Converter : JsonConverter<MeshDuration>
    {
        public override MeshDuration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.TokenType is JsonTokenType.String ? reader.GetString() : null;
            return TryParse(text, out var duration) ? duration : throw new JsonException($"expected {Expected}");
        }

        public override void Write(Utf8JsonWriter writer, MeshDuration value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
