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

    private static readonly string[] Programs =
        ["ip", "nft", "iptables", "setpriv", "curl", "h2load", "redis-server", "redis-cli", "psql", "openssl"];

    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource<int> _threadId = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    private NetworkNamespace() => _thread = new Thread(Live) { IsBackground = true, Name = nameof(NetworkNamespace) };

    /// <summary>Why these tests can't run here; null where they can.</summary>
    public static string? Lack { get; } = FindLack();

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

    private static string? FindLack()
    {
        if (!Environment.IsPrivilegedProcess) return "network namespaces need root";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        var missing = Programs.Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program)))).ToList();
        if (!File.Exists(PostgresPrograms.Path("initdb"))) missing.Add("PostgreSQL's server");
        if (missing.Count > 0) return $"{string.Join(", ", missing)} missing: eng/prerequisites.sh test installs them";
        var error = 0;
        var thread = new Thread(() => error = Unshare(CloneNewNet) is 0 ? 0 : Marshal.GetLastPInvokeError());
        thread.Start();
        thread.Join();
        return error is 0 ? null : $"network namespaces can't be made here: {Marshal.GetPInvokeErrorMessage(error)}";
    }

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
