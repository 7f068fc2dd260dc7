using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Awaits a task so that what follows is called by a delegate of its own, for what every request awaits. Where the framework calls its state machines,
/// code compiled ahead of time remembers the first 64 types of them and looks up all others anew each time, which takes ten times as long;
/// a proxy with an identity may have met as many before its first request.
/// </summary>
internal readonly struct DirectAwait<T>(Task<T> task) : ICriticalNotifyCompletion
{
    public bool IsCompleted => task.IsCompleted;

    public DirectAwait<T> GetAwaiter() => this;

    public T GetResult() => task.GetAwaiter().GetResult();

    public void OnCompleted(Action continuation) => task.GetAwaiter().OnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) => task.GetAwaiter().UnsafeOnCompleted(continuation);
}
