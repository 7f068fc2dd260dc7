using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mesh.Proxy.CommandLine;

/// <summary>Reads the text of an option.</summary>
/// <returns>Null where the text can be read, else what is expected instead.</returns>
internal delegate string? Parser<T>(string text, out T value);

/// <summary>Options that an environment variable can give instead; the option wins.</summary>
internal static class EnvironmentOptions
{
    /// <summary>An option with one value.</summary>
    public static Option<T> New<T>(string name, string variable, string description, string fallback, Parser<T> parse)
    {
        T Parse(SymbolResult result, string source, string text)
        {
            if (parse(text, out var value) is { } expected) result.AddError($"{source}: found '{text}', expected {expected}");
            return value;
        }
        return new(name)
        {
            Description = $"{description} [{variable}]",
            CustomParser = result => Parse(result, name, result.Tokens[0].Value),
            DefaultValueFactory = result => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set
                ? Parse(result, variable, set)
                : Parse(result, name, fallback),
        };
    }

    /// <summary>An option with any number of values: repeated, or separated by commas.</summary>
    public static Option<T[]> NewList<T>(string name, string variable, string description, Parser<T> parse)
    {
        T[] Parse(SymbolResult result, string source, IEnumerable<string> texts) => [.. texts.SelectMany(Split).Select(text =>
        {
            if (parse(text, out var value) is { } expected) result.AddError($"{source}: found '{text}', expected {expected}");
            return value;
        })];
        return new(name)
        {
            Description = $"{description} [{variable}, separated by commas]",
            CustomParser = result => Parse(result, name, result.Tokens.Select(token => token.Value)),
            DefaultValueFactory = result => Parse(result, variable, [Environment.GetEnvironmentVariable(variable) ?? ""]),
        };
    }

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
