using System.Collections.Concurrent;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Connections that may have to be ended by someone else than who serves them.</summary>
internal sealed class ConnectionSet
{
    private readonly ConcurrentDictionary<TcpSocket, ConnectionSet> _connections = new();
    private TaskCompletionSource? _emptied;

    public Membership Enter(TcpSocket connection)
    {
        _connections.TryAdd(connection, this);
        return new(this, connection);
    }

    /// <summary>Resets all that are here now.</summary>
    public void Reset()
    {
        foreach (var (connection, _) in _connections) connection.Loop.Post(connection.Reset);
    }

    /// <summary>Completes when none is left. Once it is asked for, none comes any more.</summary>
    public Task WhenEmptyAsync()
    {
        var emptied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _emptied, emptied);
        if (_connections.IsEmpty) emptied.TrySetResult();
        return emptied.Task;
    }

    private void Leave(TcpSocket connection)
    {
        _connections.TryRemove(connection, out _);
        if (Volatile.Read(ref _emptied) is { } emptied && _connections.IsEmpty) emptied.TrySetResult();
    }

    internal readonly struct Membership(ConnectionSet set, TcpSocket connection) : IDisposable
    {
        public void Dispose() => set.Leave(connection);
    }
}
