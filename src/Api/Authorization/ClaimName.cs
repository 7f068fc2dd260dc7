using System.Text.Json;

namespace Mesh.Api.Authorization;

/// <summary>A claim by its name, or by names with dots between them to go into objects.</summary>
public sealed class ClaimName
{
    private readonly string _text;

    internal ClaimName(string text) => _text = text;

    /// <summary>Whether claims have it with one of the values; a list has each of its items.</summary>
    public bool IsIn(JsonElement claims, ValuePatterns values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return IsIn(claims, _text, values);
    }

    // Names have dots of their own (https://example.com/roles), so that each way to part them counts.
    private static bool IsIn(JsonElement claims, ReadOnlySpan<char> name, ValuePatterns values)
    {
        if (claims.ValueKind is not JsonValueKind.Object) return false;
        if (claims.TryGetProperty(name, out var claim) && HasValue(claim, values)) return true;
        for (var dot = name.IndexOf('.'); dot >= 0;)
        {
            if (claims.TryGetProperty(name[..dot], out var inner) && IsIn(inner, name[(dot + 1)..], values)) return true;
            var next = name[(dot + 1)..].IndexOf('.');
            dot = next < 0 ? -1 : dot + 1 + next;
        }
        return false;
    }

    private static bool HasValue(JsonElement claim, ValuePatterns values)
    {
        switch (claim.ValueKind)
        {
            case JsonValueKind.String: return values.Match(claim.GetString());
            case JsonValueKind.Array:
                foreach (var item in claim.EnumerateArray())
                {
                    if (item.ValueKind is not JsonValueKind.Array && HasValue(item, values)) return true;
                }
                return false;
            case JsonValueKind.Null: return false;
            default: return values.Match(claim.GetRawText());
        }
    }
}
