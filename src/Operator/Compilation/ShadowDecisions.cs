using System.Globalization;

namespace Mesh.Operator.Compilation;

/// <summary>The decisions that proxies evaluate for policies in mode Shadow, and how a status speaks of them.</summary>
internal static class ShadowDecisions
{
    public const string Eject = "eject";

    // The names of discovery.proto, ShadowDecision; what follows "would have".
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["request-timeout"] = "timed out {0}",
        ["attempt-timeout"] = "cut short an attempt of {0}",
        ["idle-timeout"] = "closed as idle {0}",
        ["deadline"] = "refused as past their deadline {0}",
        ["retry"] = "retried {0}",
        ["retry-refused"] = "denied a retry to {0}",
        ["hedge"] = "hedged {0}",
        [Eject] = "ejected an endpoint {1} times",
        ["breaker-open"] = "failed at once {0}",
        ["rate-limit"] = "rate-limited {0}",
        ["concurrency"] = "shed {0}",
        ["fault-abort"] = "aborted {0}",
        ["fault-delay"] = "delayed {0}",
    };

    public static bool IsKnown(string decision) => Words.ContainsKey(decision);

    /// <summary>A share of the requests, in percent, without the sign: <c>0.3</c>.</summary>
    public static string Percent(long count, long requests)
    {
        if (count == 0 || requests == 0) return "0";
        var percent = 100.0 * count / requests;
        return percent < 0.01 ? "<0.01" : percent.ToString("0.##", CultureInfo.InvariantCulture);
    }

    /// <summary><c>timed out 0.3 %, ejected 10.1.2.3:8080</c>; null where there is nothing that it would have done.</summary>
    public static string? Sentence(ShadowCount count)
    {
        var parts = count.Decisions.Select(decision => decision.Decision == Eject && count.Ejected.Count > 0
            ? $"ejected {string.Join(", ", count.Ejected)}"
            : string.Format(CultureInfo.InvariantCulture, Words[decision.Decision], $"{Percent(decision.Count, count.Requests)} %", decision.Count));
        return count.Decisions.Count == 0 ? null : string.Join(", ", parts);
    }
}
