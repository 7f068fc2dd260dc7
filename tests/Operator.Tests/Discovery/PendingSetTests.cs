using Mesh.Operator.Discovery;

namespace Mesh.Operator.Tests.Discovery;

public class PendingSetTests
{
    private readonly PendingSet<string> _pending = new();

    [Theory]
    [InlineData("a", "a")]
    [InlineData("aaa", "a")]
    [InlineData("ab", "ab")]
    [InlineData("abacb", "abc")]
    [InlineData("ab-a", "b")]
    [InlineData("ab-a-b", "")]
    [InlineData("abc-ba", "ac")]
    [InlineData("a-ab", "b")]
    [InlineData("a-b", "a")]
    [InlineData("ab-aa", "ba")]
    [InlineData("abc-a-b-cd", "d")]
    public void Items_ArePendingOnceEach_InTheOrderInWhichTheyBecameSo(string steps, string expected)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i] == '-') _pending.Remove(Item(steps[++i]));
            else _pending.Add(Item(steps[i]));
        }

        Assert.Equal(expected.Length, _pending.Count);
        Assert.Equal(expected, Taken());
        Assert.Equal(0, _pending.Count);
    }

    private string Taken()
    {
        var taken = "";
        while (_pending.TryTake(out var item)) taken += item;
        return taken;
    }

    // By reference, as streams' destinations are.
    private static string Item(char name) => string.Intern($"{name}");
}
