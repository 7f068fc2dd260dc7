using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>Puts a <see cref="GuardedInput"/> between an HTTP/1 connection and the server that reads it.</summary>
internal sealed class WireGuard(ConnectionDelegate next, TimeProvider clock)
{
    public Task ServeAsync(ConnectionContext connection)
    {
        var input = new GuardedInput(connection.Transport.Input, clock);
        connection.Features.Set(input);
        connection.Transport = new Guarded(input, connection.Transport.Output);
        // Kestrel puts the execution context that it begins with in place anew for every request. With none, nothing that waits keeps one.
        using (ExecutionContext.SuppressFlow()) return next(connection);
    }

    private sealed class Guarded(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
