using Mesh.Api.Discovery;

namespace Mesh.Proxy.Discovery;

/// <summary>What is known about one authority. The table changes it under its lock; requests read it without.</summary>
internal sealed class Route(Authority authority, long now)
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile LiveDestination? _destination;
    private long _lastUsed = now;

    public Authority Authority { get; } = authority;

    /// <summary>Completes when the operator has first said what the authority stands for.</summary>
    public Task Answered => _answered.Task;

    /// <summary>Null where the mesh knows no such destination, or has not answered yet.</summary>
    public LiveDestination? Destination => _destination;

    /// <summary>
    /// The destination where it is the proxy's own side, which is kept though no request may come for hours. An operator that doesn't
    /// know the word takes it for a service's name.
    /// </summary>
    public LiveDestination? Inbound => _destination is { } destination && InboundDestination.Is(destination.Name) ? destination : null;

    /// <summary>The destination that it stands for from now on but of which no version has come yet; null where there is none.</summary>
    public string? Awaited { get; set; }

    /// <summary>When traffic last asked for it, as a timestamp.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    public void Touch(long now) => Volatile.Write(ref _lastUsed, now);

    public void Answer(LiveDestination? destination)
    {
        _destination = destination;
        Awaited = null;
        _answered.TrySetResult();
    }
}
