using Mesh.Proxy.Listening;

namespace Mesh.Proxy.Tests.Listening;

public sealed class ConnectionFeaturesTests
{
    private static readonly Type[] Keys = [.. typeof(string).Assembly.GetExportedTypes().Take(30)];

    private readonly ConnectionFeatures _features = new();

    [Fact]
    public void HowManySoever_AreFoundByTheirType()
    {
        foreach (var key in Keys) _features[key] = key.Name;

        Assert.All(Keys, key => Assert.Equal(key.Name, _features[key]));
        Assert.Equal(Keys, _features.Select(feature => feature.Key));
        Assert.Null(_features[typeof(ConnectionFeaturesTests)]);
    }

    [Fact]
    public void LaterOne_TakesTheEarliersPlace_AndIsNews()
    {
        _features.Set("a");
        var revision = _features.Revision;
        _features.Set("b");

        Assert.Equal("b", _features.Get<string>());
        Assert.Single(_features);
        Assert.NotEqual(revision, _features.Revision);
    }

    [Fact]
    public void OneThatIsTakenAway_LeavesTheOthers()
    {
        foreach (var key in Keys) _features[key] = key.Name;
        foreach (var key in Keys.Where((_, index) => index % 2 is 0)) _features[key] = null;
        _features.Set<string>(null);

        Assert.All(Keys.Index(), item => Assert.Equal(item.Index % 2 is 0 ? null : item.Item.Name, _features[item.Item]));
        Assert.Equal(Keys.Length / 2, _features.Count());
    }
}
