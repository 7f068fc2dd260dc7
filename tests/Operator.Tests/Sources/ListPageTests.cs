using System.Net;
using System.Text.Json;
using Mesh.Operator.Sources;

namespace Mesh.Operator.Tests.Sources;

public class ListPageTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Objects_AreReadOneByOne_HoweverTheyCome(int bytesAtATime)
    {
        using var page = Page("""{"kind":"PodList","metadata":{"resourceVersion":"7","continue":"next"},"items":[{"a":{"b":[1,2]}},{"a":"ü"}]}""", bytesAtATime);

        Assert.Equal(["""{"a":{"b":[1,2]}}""", """{"a":"ü"}"""], await ReadAsync(page));
        Assert.Equal(("7", "next"), (page.Version, page.Continuation));
    }

    [Fact]
    public async Task Metadata_MayComeLast()
    {
        using var page = Page("""{"items":[{}],"other":[{"metadata":1}],"metadata":{"resourceVersion":"9"}}""");

        Assert.Equal(["{}"], await ReadAsync(page));
        Assert.Equal(("9", ""), (page.Version, page.Continuation));
    }

    [Fact]
    public async Task NoItems_IsAnEmptyList()
    {
        using var page = Page("""{"metadata":{"resourceVersion":"9"},"items":null}""");

        Assert.Empty(await ReadAsync(page));
    }

    [Theory]
    [InlineData("""{"items":[{"a":1}""")]
    [InlineData("""{"items":[{"a":""")]
    [InlineData("""{"items":[1]}""")]
    [InlineData("""{"items":{}}""")]
    [InlineData("")]
    public async Task WhatIsNoList_IsAnError(string text)
    {
        using var page = Page(text);

        await Assert.ThrowsAnyAsync<JsonException>(() => ReadAsync(page));
    }

    private static ListPage Page(string text, int bytesAtATime = 100_000) =>
        new(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SlowStream(System.Text.Encoding.UTF8.GetBytes(text), bytesAtATime)) });

    private static async Task<List<string>> ReadAsync(ListPage page)
    {
        var read = new List<string>();
        await foreach (var item in page.ItemsAsync(TestContext.Current.CancellationToken))
        {
            using (item) read.Add(item.RootElement.GetRawText());
        }
        return read;
    }

    private sealed class SlowStream(byte[] bytes, int atATime) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, atATime)], cancellationToken);
    }
}
