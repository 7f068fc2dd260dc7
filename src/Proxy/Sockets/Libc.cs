using System.Runtime.InteropServices;

namespace Mesh.Proxy.Sockets;

/// <summary>The system calls of the event loop. Names and meanings are those of the Linux manual, sections 2 and 7.</summary>
/// <remarks>None of them blocks but <see cref="EpollWait"/>, so the others need no transition of the garbage collector.</remarks>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    // syscalls(2): on arm64 they are numbered as on every architecture that is newer than x86-64.
    private static readonly nint SendTo = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 44 : 206;
    private static readonly nint ReceiveFrom = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 45 : 207;

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int descriptor, byte* @event);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int capacity, int timeout);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint value, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nuint length);

    /// <summary>recv(2), without what the library's does each time so that its thread might be cancelled meanwhile.</summary>
    public static nint Receive(int socket, byte* buffer, nuint length, int flags) => SystemCall(ReceiveFrom, socket, buffer, length, flags, address: 0, addressLength: 0);

    /// <summary>send(2), in the same way.</summary>
    public static nint Send(int socket, byte* buffer, nuint length, int flags) => SystemCall(SendTo, socket, buffer, length, flags, address: 0, addressLength: 0);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int domain, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport(Library, EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int socket, byte* address, uint* length, int flags);

    [LibraryImport(Library, EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int socket, int how);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSocketName(int socket, byte* address, uint* length);

    [LibraryImport(Library, EntryPoint = "getpeername", SetLastError = true)]
    public static partial int GetPeerName(int socket, byte* address, uint* length);

    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(int socket, int level, int option, void* value, uint* length);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(int socket, int level, int option, void* value, uint length);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    [SuppressGCTransition]
    private static partial nint SystemCall(nint number, nint socket, byte* buffer, nuint length, nint flags, nint address, nint addressLength);
}
