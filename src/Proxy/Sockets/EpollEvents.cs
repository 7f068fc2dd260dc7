using System.Runtime.InteropServices;

namespace Mesh.Proxy.Sockets;

/// <summary><c>struct epoll_event</c>, which is packed on x64 and on no other architecture.</summary>
internal static class EpollEvents
{
    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    public const uint Error = 0x008;
    public const uint HungUp = 0x010;
    public const uint PeerClosed = 0x2000;
    public const uint Exclusive = 1u << 28;
    public const uint EdgeTriggered = 1u << 31;

    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 4 : 8;

    /// <summary>Bytes of one event.</summary>
    public static readonly int Size = DataOffset + sizeof(ulong);

    public static void Write(Span<byte> @event, uint events, int descriptor)
    {
        MemoryMarshal.Write(@event, events);
        MemoryMarshal.Write(@event[DataOffset..], (ulong)descriptor);
    }

    public static (uint Events, int Descriptor) Read(ReadOnlySpan<byte> @event) =>
        (MemoryMarshal.Read<uint>(@event), (int)MemoryMarshal.Read<ulong>(@event[DataOffset..]));
}
