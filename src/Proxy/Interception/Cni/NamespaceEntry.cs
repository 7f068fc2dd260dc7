using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>
/// Enters a namespace with a thread of its own, which ends in it: setns(2) is a matter of the thread, and what it starts inherits it. So nothing else of
/// this process is ever in the wrong one, and no nsenter is needed on the host.
/// </summary>
internal sealed partial class NamespaceEntry : INamespaceEntry
{
    private const int CloneNewNet = 0x40000000;

    public bool Run(string path, Action action)
    {
        if (!File.Exists(path)) return false;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(path);
                action();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return true;
    }

    private static void Enter(string path)
    {
        using var handle = File.OpenHandle(path);
        if (SetNamespace(handle, CloneNewNet) != 0) throw new InterceptionException($"{path} can't be entered: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        if (NodeNetwork.IsHere) throw new InterceptionException($"{path} is the node's own network namespace, not a pod's");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle handle, int kind);
}
