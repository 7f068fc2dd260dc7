using System.Buffers.Binary;
using System.Net.Security;
using Mesh.Proxy.Listening;

namespace Mesh.Proxy.Tests.Listening;

public class ClientHelloTests
{
    private const int RecordHeader = 5;

    [Theory]
    [InlineData("Catalog.Shop.example", "catalog.shop.example")]
    [InlineData("10.0.0.7", null)]
    public async Task RealClient_IsRead(string target, string? serverName)
    {
        var outcome = ClientHello.TryRead(await HelloAsync(target), out var hello);

        Assert.Equal((ClientHello.Outcome.Complete, serverName), (outcome, hello.ServerName));
        Assert.Equal(["h2", "http/1.1"], hello.Protocols);
    }

    [Fact]
    public async Task EveryBeginning_IsIncomplete()
    {
        var bytes = await HelloAsync("catalog.shop");
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(ClientHello.Outcome.Incomplete, ClientHello.TryRead(bytes.AsSpan(0, length), out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(200)]
    public async Task Message_CutIntoRecords_IsRead(int length)
    {
        var outcome = ClientHello.TryRead(CutInto(length, await HelloAsync("catalog.shop")), out var hello);

        Assert.Equal((ClientHello.Outcome.Complete, "catalog.shop"), (outcome, hello.ServerName));
    }

    [Fact]
    public async Task HugeMessage_OverSeveralRecords_IsRead()
    {
        var outcome = ClientHello.TryRead(CutInto(16384, Padded(await HelloAsync("catalog.shop"), 40_000)), out var hello);

        Assert.Equal((ClientHello.Outcome.Complete, "catalog.shop"), (outcome, hello.ServerName));
    }

    [Fact]
    public async Task MessageBeyondTheBound_IsNotRead()
    {
        var bytes = CutInto(16384, Padded(await HelloAsync("catalog.shop"), 65_000, claimed: 70_000));

        Assert.Equal(ClientHello.Outcome.Malformed, ClientHello.TryRead(bytes, out var hello));
        Assert.Null(hello.ServerName);
    }

    [Fact]
    public async Task AnyByteChanged_IsNoCrash()
    {
        var bytes = await HelloAsync("catalog.shop");
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (byte value in (ReadOnlySpan<byte>)[0, 1, 0x7f, 0xff])
            {
                var changed = bytes.ToArray();
                changed[i] = value;
                ClientHello.TryRead(changed, out _);
            }
        }
    }

    [Theory]
    [InlineData("16030100040200000000")]
    [InlineData("1503010002022800")]
    [InlineData("160301000000")]
    public void OtherBytes_AreMalformed(string hex)
    {
        Assert.Equal(ClientHello.Outcome.Malformed, ClientHello.TryRead(Convert.FromHexString(hex), out _));
    }

    private static async Task<byte[]> HelloAsync(string target)
    {
        using var wire = new RecordingStream();
        await using var tls = new SslStream(wire);
        var options = new SslClientAuthenticationOptions { TargetHost = target, ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] };
        await Assert.ThrowsAnyAsync<IOException>(() => tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken));
        var bytes = wire.ToArray();
        return bytes[..(RecordHeader + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(3)))];
    }

    // As one message in a single (overlong) record, to be cut.
    private static byte[] Padded(byte[] hello, int padding, int? claimed = null)
    {
        const int RandomAndVersion = 34;
        var message = hello[RecordHeader..].ToList();
        var extensionsAt = 4 + RandomAndVersion;
        extensionsAt += 1 + message[extensionsAt];
        extensionsAt += 2 + (message[extensionsAt] << 8 | message[extensionsAt + 1]);
        extensionsAt += 1 + message[extensionsAt];
        var extensions = (message[extensionsAt] << 8 | message[extensionsAt + 1]) + 4 + padding;
        // RFC 7685: the padding extension is number 21.
        message.AddRange([0, 21, (byte)(padding >> 8), (byte)padding]);
        message.AddRange(new byte[padding]);
        (message[extensionsAt], message[extensionsAt + 1]) = ((byte)(extensions >> 8), (byte)extensions);
        var body = claimed ?? message.Count - 4;
        (message[1], message[2], message[3]) = ((byte)(body >> 16), (byte)(body >> 8), (byte)body);
        return [.. hello[..RecordHeader], .. message];
    }

    private static byte[] CutInto(int length, byte[] hello) =>
    [
        .. hello[RecordHeader..].Chunk(length).SelectMany(piece => (byte[])[22, 3, 1, (byte)(piece.Length >> 8), (byte)piece.Length, .. piece]),
    ];
}
