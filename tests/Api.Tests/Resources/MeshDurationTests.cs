using System.Text.Json;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

public sealed class MeshDurationTests
{
    [Theory]
    [InlineData("1s", 1_000)]
    [InlineData("250ms", 250)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1h1m1s1ms", 3_661_001)]
    [InlineData("1s1s", 2_000)]
    [InlineData("0s", 0)]
    [InlineData("00001s", 1_000)]
    [InlineData("99999h", 359_996_400_000)]
    [InlineData("1m1ms", 60_001)]
    public void Text_IsRead(string text, long milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), MeshDuration.Parse(text).Value);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5s")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1s\n")]
    [InlineData("1S")]
    [InlineData("1d")]
    [InlineData("1us")]
    [InlineData("100000s")]
    [InlineData("1s1s1s1s1s")]
    [InlineData("١s")]
    public void OtherText_IsRefused(string? text) => Assert.False(MeshDuration.TryParse(text, out _));

    [Fact]
    public void RefusedText_IsNamed() =>
        Assert.Equal("'5x' is not a duration such as 1s, 250ms or 1m30s.", Assert.Throws<FormatException>(() => MeshDuration.Parse("5x")).Message);

    [Fact]
    public void WrittenText_ReadsBackAsTheSame()
    {
        var random = new Random(7);
        for (var i = 0; i < 1_000; i++)
        {
            var duration = new MeshDuration(TimeSpan.FromMilliseconds(random.NextInt64(0, 1L << random.Next(1, 38))));
            Assert.Equal(duration, MeshDuration.Parse(duration.ToString()));
        }
    }

    [Theory]
    [InlineData("90s", "1m30s")]
    [InlineData("0ms", "0s")]
    [InlineData("1000ms", "1s")]
    [InlineData("3600s", "1h")]
    [InlineData("1500ms", "1s500ms")]
    public void WrittenText_IsInTheLargestUnits(string text, string written) => Assert.Equal(written, MeshDuration.Parse(text).ToString());

    [Fact]
    public void Json_IsText()
    {
        Assert.Equal("\"250ms\"", JsonSerializer.Serialize(MeshDuration.Parse("250ms")));
        Assert.Equal(MeshDuration.Parse("250ms"), JsonSerializer.Deserialize<MeshDuration>("\"250ms\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<MeshDuration>("250"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<MeshDuration>("\"250\""));
    }

    [Fact]
    public void Order_IsByLength()
    {
        Assert.True(MeshDuration.Parse("999ms") < MeshDuration.Parse("1s"));
        Assert.True(MeshDuration.Parse("1m") >= MeshDuration.Parse("60s"));
        Assert.Equal(MeshDuration.Parse("1m"), MeshDuration.Parse("60s"));
    }
}
