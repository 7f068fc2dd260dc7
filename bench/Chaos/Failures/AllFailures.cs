namespace Mesh.Chaos.Failures;

/// <summary>The rows of the table, in its order.</summary>
internal static class AllFailures
{
    public static IReadOnlyList<IFailure> InOrder { get; } =
    [
        new OneOfThree("crashes", (play, replica, _) => play.KillAsync(replica)),
        new OneOfThree("hangs", now => now with { Hang = true }),
        new OneOfThree("answers 500 to half", now => now with { FailShare = 0.5 }),
        new OneOfThree("is 10x slower", now => now with { WorkMs = now.WorkMs * 10 }),
        new OneOfThree("resets mid-body", now => now with { BreakBody = true }),
        new OneOfThree("refuses connections", now => now with { Refuse = true }),
        new Overload(),
        new RollingRestart(),
        new RetryStorm(),
        new DeadDependency(),
        new HalfAZone(),
        new Burst(),
    ];
}
