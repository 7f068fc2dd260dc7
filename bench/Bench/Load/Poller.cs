using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Bench.Load;

/// <summary>Waits on sockets to the microsecond, on the thread that made it: .NET's own waits end on whole milliseconds, or wake another thread.</summary>
internal sealed unsafe partial class Poller
{
    private const short Readable = 1; // POLLIN
    private const int TimerSlack = 29; // PR_SET_TIMERSLACK, in nanoseconds; 50,000 by default

    private readonly Watched[] _watched;

    public Poller(IEnumerable<Socket> sockets)
    {
        _watched = [.. sockets.Select(socket => new Watched((int)socket.Handle, Readable, 0))];
        _ = SetOption(TimerSlack, 1, 0, 0, 0);
    }

    /// <summary>Until one has something to read, or for so long.</summary>
    public void Wait(TimeSpan atMost)
    {
        var span = new Timespec(atMost.Ticks / TimeSpan.TicksPerSecond, atMost.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        fixed (Watched* watched = _watched) _ = Poll(watched, (nuint)_watched.Length, &span, null);
    }

    /// <summary>Whether the last wait found that a socket, by its place, has something to read, or has ended.</summary>
    public bool IsReadable(int index) => _watched[index].Found is not 0;

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(Watched* watched, nuint count, Timespec* atMost, void* signals);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetOption(int option, nuint first, nuint second, nuint third, nuint fourth);

    // poll(2)
    private readonly record struct Watched(int Descriptor, short Asked, short Found);

    private readonly record struct Timespec(long Seconds, long Nanoseconds);
}
