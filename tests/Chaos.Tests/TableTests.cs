using Mesh.Chaos.Failures;
using Mesh.Chaos.Report;

namespace Mesh.Chaos.Tests;

public sealed class TableTests
{
    private static readonly Row Crash = new("one of three crashes",
        new(new(800, 266, TimeSpan.Zero, TimeSpan.FromMilliseconds(14)), TimeSpan.FromSeconds(8), 534, [], []),
        new(new(800, 0, TimeSpan.Zero, TimeSpan.FromMilliseconds(40)), TimeSpan.FromSeconds(8), 816, ["noted"], []),
        new(true, "more succeed"));

    [Fact]
    public void Line_TellsBothSides() => Assert.Equal(
        "one of three crashes              66.75 %    100.00 %   14 ms     40 ms     0.67      1.02      more succeed", Table.Line(Crash));

    [Fact]
    public void LineOfAFailedRow_SaysWhy() => Assert.EndsWith("FAILED: too late", Table.Line(Crash with { Verdict = new(false, "too late") }), StringComparison.Ordinal);

    [Fact]
    public void Markdown_IsOneRowForEachFailure_WithItsNotes() => Assert.Equal("""
        | failure | success without | with | p99 without | with | attempts a request without | with | with the mesh |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
        | one of three crashes | 66.75 % | **100.00 %** | 14 ms | **40 ms** | 0.67 | **1.02** | more succeed; noted |

        """, Table.Markdown([Crash]));

    [Fact]
    public void Failures_AreTwelveAtLeast_EachWithANameOfItsOwn()
    {
        Assert.True(AllFailures.InOrder.Count >= 12);
        Assert.Distinct(AllFailures.InOrder.Select(failure => failure.Name));
    }
}
