namespace Mesh.ChaosService;

/// <summary>
/// A small real service. It doesn't notice when a client has gone, as most don't: work that was begun or waits for a place is
/// done, which is what makes an overload last.
/// </summary>
internal sealed class FaultyService(string address, Arrivals arrivals) : IAsyncDisposable
{
    private static readonly byte[] Body = new byte[1000];

    private WebApplication? _listening;
    private Behaviour _behaviour = new(new());

    /// <summary>Is from now on as the switches say.</summary>
    public async Task SwitchAsync(Switches switches)
    {
        Volatile.Write(ref _behaviour, new(switches));
        if (switches.Refuse) await StopAsync();
        else await ListenAsync();
    }

    public async Task ListenAsync()
    {
        if (_listening is not null) return;
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls(address);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        _listening = builder.Build();
        _listening.Run(AnswerAsync);
        await _listening.StartAsync();
    }

    /// <summary>Closes the port at once, and its connections as they become idle.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _listening, null) is not { } listening) return;
        await listening.StopAsync();
        await listening.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        arrivals.Add();
        var (switches, places, dependency) = Volatile.Read(ref _behaviour);
        if (switches.Hang) await Task.Delay(Timeout.Infinite, context.RequestAborted);
        if (Random.Shared.NextDouble() < switches.FailShare)
        {
            context.Response.StatusCode = switches.FailStatus;
            return;
        }
        await WorkAsync(switches.WorkMs, places);
        if (dependency is not null && !await dependency.CallAsync(context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            return;
        }
        await WriteAsync(context, switches);
    }

    private static async Task WorkAsync(int milliseconds, SemaphoreSlim? places)
    {
        if (places is not null) await places.WaitAsync();
        await Task.Delay(milliseconds);
        places?.Release();
    }

    private static async Task WriteAsync(HttpContext context, Switches switches)
    {
        context.Response.ContentLength = Body.Length;
        var sent = switches.BreakBody ? Body.AsMemory(0, Body.Length / 2) : Body;
        await context.Response.Body.WriteAsync(sent, context.RequestAborted);
        if (!switches.BreakBody) return;
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Task.Delay(switches.WorkMs); // so that the first half is on its way to the client for sure
        context.Abort();
    }

    private sealed record Behaviour(Switches Switches, SemaphoreSlim? Places, DependencyClient? Dependency)
    {
        public Behaviour(Switches switches)
            : this(switches, switches.Places > 0 ? new(switches.Places) : null, switches.Dependency is { } dependency ? new(dependency) : null)
        {
        }
    }
}
