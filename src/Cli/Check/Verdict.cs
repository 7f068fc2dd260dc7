namespace Mesh.Cli.Check;

/// <summary>What a check found.</summary>
/// <param name="Outcome">How it went.</param>
/// <param name="Found">What is wrong, or worth knowing; null where there is nothing to say.</param>
internal sealed record Verdict(CheckOutcome Outcome, string? Found = null)
{
    public static Verdict Ok(string? found = null) => new(CheckOutcome.Ok, found);

    public static Verdict Warning(string found) => new(CheckOutcome.Warning, found);

    public static Verdict Failed(string found) => new(CheckOutcome.Failed, found);

    public static Verdict Skipped(string why) => new(CheckOutcome.Skipped, why);

    /// <summary>Ok where nothing was found, else what was, as one line.</summary>
    public static Verdict NoneOf(IReadOnlyCollection<string> found, CheckOutcome otherwise) =>
        found.Count == 0 ? Ok() : new(otherwise, string.Join("; ", found));
}
