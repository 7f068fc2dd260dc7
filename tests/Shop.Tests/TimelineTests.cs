using Shop.Demo.Story;

namespace Mesh.Shop.Tests;

public sealed class TimelineTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(30)]
    [InlineData(600)]
    public void Scenes_FillTheCycleWithoutGaps(int seconds)
    {
        var scenes = Timeline.Over(TimeSpan.FromSeconds(seconds));

        var end = TimeSpan.Zero;
        foreach (var scene in scenes)
        {
            Assert.Equal(end, scene.Start);
            end += scene.Length;
        }
        Assert.Equal(seconds, end.TotalSeconds, precision: 3);
    }

    [Fact]
    public void Scenes_BreakAReplicaAndThenPayments()
    {
        var scenes = Timeline.Over(Timeline.DefaultCycle);

        Assert.Equal([Breakage.CatalogReplicaGone, Breakage.CatalogReplicaSlow, Breakage.PaymentsFail],
            scenes.Select(scene => scene.Breakage).Where(breakage => breakage is not Breakage.None));
    }

    [Fact]
    public void EveryBreakage_IsHealedBeforeTheNext()
    {
        var scenes = Timeline.Over(Timeline.DefaultCycle);

        Assert.Equal(Breakage.None, scenes[0].Breakage);
        Assert.Equal(Breakage.None, scenes[^1].Breakage);
        Assert.DoesNotContain(scenes.Zip(scenes.Skip(1)), pair => pair.First.Breakage != Breakage.None && pair.Second.Breakage != Breakage.None);
    }

    [Fact]
    public void ScenesWithoutABreakage_HaveTitlesOfTheirOwn() =>
        Assert.Distinct(Timeline.Over(Timeline.DefaultCycle).Select(scene => scene.Title));
}
