using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>A status code (<c>503</c>, a number) or a class of them (<c>5xx</c>, a text); both ends are inclusive.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct StatusCodeRange(int From, int To)
{
    /// <summary>What a valid one looks like, for error messages.</summary>
    public const string Expected = "a status code from 100 to 599, or a class of them such as 5xx";

    /// <summary>The one code.</summary>
    public StatusCodeRange(int code) : this(code, code)
    {
    }

    /// <summary>Reads a class: <c>1xx</c> to <c>5xx</c>.</summary>
    public static bool TryParse(string? text, out StatusCodeRange range)
    {
        var valid = text is [>= '1' and <= '5', 'x', 'x'];
        range = valid ? new((text![0] - '0') * 100, (text[0] - '0') * 100 + 99) : default;
        return valid;
    }

    /// <summary><c>503</c>, <c>5xx</c>.</summary>
    public override string ToString() => From == To ? From.ToString(CultureInfo.InvariantCulture) : $"{From / 100}xx";

    internal sealed class Converter : JsonConverter<StatusCodeRange>
    {
        public override StatusCodeRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType is JsonTokenType.Number && reader.TryGetInt32(out var code)) return new(code);
            if (reader.TokenType is JsonTokenType.String && TryParse(reader.GetString(), out var range)) return range;
            throw new JsonException($"expected {Expected}");
        }

        public override void Write(Utf8JsonWriter writer, StatusCodeRange value, JsonSerializerOptions options)
        {
            if (value.From == value.To) writer.WriteNumberValue(value.From);
            else writer.WriteStringValue(value.ToString());
        }
    }
}
