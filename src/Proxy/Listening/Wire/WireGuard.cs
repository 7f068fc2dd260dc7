using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>Puts a <see cref="GuardedInput"/> between an HTTP/1 connection and the server that reads it.</summary>
internal sealed class WireGuard(ConnectionDelegate next, TimeProvider clock)
{
    public async Task ServeAsync(ConnectionContext connection)
    {
        var unguarded = connection.Transport;
        var input = new GuardedInput(unguarded.Input, clock);
        connection.Features.Set(input);
        connection.Transport = new Guarded(input, unguarded.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = unguarded;
        }
    }

    private sealed class Guarded(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
