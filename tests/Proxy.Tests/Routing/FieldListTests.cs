using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

public sealed class FieldListTests
{
    private readonly FieldList _fields = new();

    [Fact]
    public void Name_IsFoundInWhateverLetters()
    {
        _fields.Add("Content-Type", "text/plain");
        Assert.True(_fields.TryGet("content-type", out var values));
        Assert.Equal("text/plain", values);
    }

    [Fact]
    public void NameOfTheSameLength_IsAnother()
    {
        _fields.Add("Content-Type", "text/plain");
        Assert.False(_fields.Contains("Content-Tape"));
    }

    [Fact]
    public void NameOf64LettersMore_IsAnother()
    {
        _fields.Add("Server", "nginx");
        Assert.False(_fields.Contains("Server" + new string('r', 64)));
    }

    [Fact]
    public void SecondValueOfAName_IsAdded()
    {
        _fields.Add("Vary", "Accept");
        _fields.Add("vary", "Origin");
        Assert.Equal(["Accept", "Origin"], Assert.Single(_fields.All.ToArray()).Value.ToArray());
    }

    [Fact]
    public void FieldThatWasRemoved_IsNotFoundAndOthersAre()
    {
        _fields.Add("Date", "now");
        _fields.Add("ETag", "1");
        _fields.Remove("date");
        Assert.False(_fields.Contains("Date"));
        Assert.True(_fields.Contains("ETag"));
    }

    [Fact]
    public void Copy_FindsWhatItHas()
    {
        _fields.Add("Server", "nginx");
        var copy = _fields.Copy();
        copy.Add("Date", "now");
        Assert.True(copy.Contains("server"));
        Assert.False(_fields.Contains("Date"));
    }
}
