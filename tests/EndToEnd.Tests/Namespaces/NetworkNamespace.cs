using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>
/// A network of its own, such as a pod has. It belongs to a thread, which stays in it: the sockets and the processes that the thread makes are in
/// the namespace too. It has no name and no holder, so it can't collide with another's, and it is gone with the tests, however these end.
/// </summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;

    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource<int> _threadId = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    private NetworkNamespace() => _thread = new Thread(Live) { IsBackground = true, Name = nameof(NetworkNamespace) };

    /// <summary>Why there can be none here; null where there can.</summary>
    public static string? Lack => Environment.IsPrivilegedProcess ? null : "network namespaces need root";

    /// <summary>What iproute2 takes for a namespace: a task that is in it.</summary>
    public int ThreadId => _threadId.Task.Result;

    public static async Task<NetworkNamespace> CreateAsync()
    {
        var created = new NetworkNamespace();
        created._thread.Start();
        await created._threadId.Task;
        return created;
    }

    /// <summary>Does something in the namespace. It may block; what it awaits goes on elsewhere.</summary>
    public Task<T> DoAsync<T>(Func<T> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(action());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }

    /// <summary>A socket stays in the namespace that it was made in, whoever uses it.</summary>
    public Task<Socket> NewSocketAsync(AddressFamily family) => DoAsync(() => new Socket(family, SocketType.Stream, ProtocolType.Tcp));

    /// <summary>A bound socket on both families.</summary>
    public Task<Socket> BindAsync(int port) => DoAsync(() =>
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        return socket;
    });

    public Task<Process> StartAsync(ProcessStartInfo start) => DoAsync(() => Process.Start(start)!);

    /// <summary>Ends the thread. The kernel takes the namespace down once its last socket and process are gone.</summary>
    public void Dispose() => _work.CompleteAdding();

    private void Live()
    {
        if (Unshare(CloneNewNet) != 0)
        {
            _threadId.SetException(new InvalidOperationException($"unshare: error {Marshal.GetLastPInvokeError()}"));
            return;
        }
        _threadId.SetResult(GetThreadId());
        foreach (var action in _work.GetConsumingEnumerable()) action();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();
}
