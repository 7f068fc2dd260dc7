using Mesh.Operator.Discovery;

namespace Mesh.Operator.Tests.Discovery;

public class SmallSetTests
{
    [Fact]
    public void Items_AreHeldOnceEach_AndRemoved()
    {
        var set = new SmallSet<string>();
        foreach (var item in (string[])["a", "a", "b", "c", "b"]) set.Add(item);
        Assert.Equal(["a", "b", "c"], set.Order());

        set.Remove("a");
        set.Remove("none");
        Assert.Equal(["b", "c"], set.Order());
        set.Remove("b");
        set.Remove("c");
        Assert.Equal(0, set.Count);
        Assert.Empty(set);

        set.Add("d");
        Assert.Equal((1, "d"), (set.Count, Assert.Single(set)));
        set.Remove("d");
        Assert.Equal(0, set.Count);
    }
}
