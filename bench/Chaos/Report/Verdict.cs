using System.Globalization;
using Mesh.Rig.Traffic;

namespace Mesh.Chaos.Report;

/// <summary>Whether the mesh helped, and what it cost the failing service.</summary>
internal sealed record Verdict(bool Met, string Reason)
{
    /// <summary>Shares of good answers this close are the same, given how few requests there are.</summary>
    private const double SameShare = 0.005;

    /// <summary>What the attempts for a failing service may be: so much for each request, and so many a second.</summary>
    private const double BudgetShare = 1.2;
    private const double BudgetPerSecond = 10;

    /// <summary>Better: more of the users get a good answer; or as many do, and nobody waits as long.</summary>
    public static Verdict Of(Outcome without, Outcome with, double? mostAttempts)
    {
        var gained = with.Users.SuccessShare - without.Users.SuccessShare;
        var most = (BudgetShare * with.Users.Total) + (BudgetPerSecond * with.Length.TotalSeconds);
        if (with.Users.Total == 0 || without.Users.Total == 0) return new(false, "no request was answered");
        if (with.Attempts > most) return new(false, Say($"{with.Attempts} attempts for {with.Users.Total} requests in {with.Length.TotalSeconds:0.0} s, expected at most {most:0}"));
        if (mostAttempts < with.Load) return new(false, Say($"{with.Load:0.00} attempts a request, expected at most {mostAttempts:0.00}"));
        if (with.Missed is [var missed, ..]) return new(false, missed);
        if (gained < -SameShare) return new(false, $"{with.Users.Success} succeeded with the mesh, {without.Users.Success} without");
        if (gained > SameShare) return new(true, "more succeed");
        return with.Users.P99 < without.Users.P99
            ? new(true, "as many succeed, sooner")
            : new(false, $"no more succeeded with the mesh ({with.Users.Success}, {without.Users.Success} without), and p99 is {Figures.Latency(with.Users.P99)}, {Figures.Latency(without.Users.P99)} without");
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
