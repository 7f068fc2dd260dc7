using Mesh.Proxy.Forwarding;

namespace Mesh.Proxy.Tests.Forwarding;

public sealed class RefusedStreamsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("000004030000000001 00000007", "000004030000000001 000000f7")]
    [InlineData("000004030000000001 000000f7", "000004030000000001 00000002")]
    [InlineData("000004030000000001 00000008", "000004030000000001 00000008")]
    [InlineData("000004030000000001 00010007", "000004030000000001 00010007")]
    [InlineData("000003030000000001 000007", "000003030000000001 000007")]
    [InlineData("000004080000000000 00000007", "000004080000000000 00000007")]
    [InlineData("000000040000000000 000004030000000001 00000007", "000000040000000000 000004030000000001 000000f7")]
    [InlineData("000005000000000001 0403000000 000004030000000003 00000007 000004030000000005 00000007", "000005000000000001 0403000000 000004030000000003 000000f7 000004030000000005 000000f7")]
    public async Task RefusalsAreToldByAnotherCode_HoweverTheBytesCome(string sent, string received)
    {
        var bytes = Bytes(sent);
        for (var piece = 1; piece <= bytes.Length; piece++)
        {
            await using var stream = new RefusedStreams(new MemoryStream(bytes));
            var read = new List<byte>();
            var buffer = new byte[piece];
            while (await stream.ReadAsync(buffer, Cancellation) is > 0 and var count) read.AddRange(buffer[..count]);

            Assert.Equal(Bytes(received), read);
        }
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
