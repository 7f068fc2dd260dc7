using Mesh.Api.Identity;

namespace Mesh.Api.Tests.Identity;

public sealed class LocalTokenTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly byte[] Key = KeyOf(LocalToken.NewKey());
    private static readonly LocalToken Frontend = new("shop", "frontend", "frontend-1");

    [Fact]
    public void Token_SaysWhoMadeIt()
    {
        var token = Frontend.Sign(Key, Now);

        Assert.True(LocalToken.IsLocal(token));
        Assert.Null(LocalToken.Verify(token, Key, Now, out var read));
        Assert.Equal(Frontend, read);
    }

    [Theory]
    [InlineData(-300, true)]
    [InlineData(-301, false)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public void Token_IsValidForFiveMinutesAroundNow(int seconds, bool valid) =>
        Assert.Equal(valid, LocalToken.Verify(Frontend.Sign(Key, Now), Key, Now.AddSeconds(seconds), out _) is null);

    [Fact]
    public void TokenOfAnotherKey_IsRefused() =>
        Assert.Equal("it was made with another join key", LocalToken.Verify(Frontend.Sign(KeyOf(LocalToken.NewKey()), Now), Key, Now, out _));

    [Theory]
    [InlineData("")]
    [InlineData("local")]
    [InlineData("local...")]
    [InlineData("a.b.c")]
    [InlineData("local.c2hvcC9hL2I.1767323045.AAAA")]
    [InlineData("local.c2hvcC9hL2I.1767323045.+/+/")]
    public void OtherTexts_AreRefused(string token)
    {
        Assert.NotNull(LocalToken.Verify(token, Key, Now, out var read));
        Assert.Null(read);
    }

    [Fact]
    public void AnotherName_NeedsAnotherSignature()
    {
        var parts = Frontend.Sign(Key, Now).Split('.');
        parts[1] = new LocalToken("shop", "payments", "payments-1").Sign(Key, Now).Split('.')[1];

        Assert.NotNull(LocalToken.Verify(string.Join('.', parts), Key, Now, out _));
    }

    [Fact]
    public void JoinKey_IsReadFromItsFileOnly()
    {
        Assert.True(LocalToken.TryReadKey(LocalToken.NewKey() + "\n", out _));
        Assert.False(LocalToken.TryReadKey("mesh-join-key.c2hvcnQ", out _));
        Assert.False(LocalToken.TryReadKey("mesh-join-key.!", out _));
        Assert.False(LocalToken.TryReadKey(Frontend.Sign(Key, Now), out _));
    }

    private static byte[] KeyOf(string text) => LocalToken.TryReadKey(text, out var key) ? key : throw new ArgumentException("no key", nameof(text));
}
