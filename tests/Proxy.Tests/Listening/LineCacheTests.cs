using System.Text;
using Mesh.Proxy.Listening.Wire;

namespace Mesh.Proxy.Tests.Listening;

public sealed class LineCacheTests
{
    private readonly LineCache<string> _cache = new();

    [Theory]
    [InlineData("a:")]
    [InlineData("Date: Mon, 23 Nov 2026 15:30:01 GMT")]
    [InlineData("Content-Length: 1024")]
    public void LineThatWasKept_IsFound(string line)
    {
        Keep(line);
        Assert.Equal(line, Find(line));
    }

    [Theory]
    [InlineData("Content-Length: 1024", "Content-Length: 1025")]
    [InlineData("Content-Length: 1024", "content-length: 1024")]
    [InlineData("Content-Length: 1024", "Content-Length: 1024 ")]
    [InlineData("a:", "a")]
    [InlineData("a:", "")]
    // Alike at both ends, and so in one slot.
    [InlineData("X-Session: one, of this client", "X-Session: two, of this client")]
    public void LineThatDiffersInAByte_IsNotFound(string kept, string other)
    {
        Keep(kept);
        Assert.Null(Find(other));
    }

    [Fact]
    public void LinesInOneSlot_TheLastIsFound()
    {
        Keep("X-Session: one, of this client");
        Keep("X-Session: two, of this client");
        Assert.Null(Find("X-Session: one, of this client"));
        Assert.Equal("X-Session: two, of this client", Find("X-Session: two, of this client"));
    }

    [Fact]
    public void LongLine_IsNotKept()
    {
        var line = "Set-Cookie: " + new string('x', 100);
        Keep(line);
        Assert.Null(Find(line));
    }

    private void Keep(string line) => _cache.Keep(Encoding.ASCII.GetBytes(line), line);

    private string? Find(string line) => _cache.TryGet(Encoding.ASCII.GetBytes(line), out var read) ? read : null;
}
