using System.Net;

namespace Mesh.Proxy.Tests.Inbound;

/// <summary>An application that answers nothing until it is told to.</summary>
internal sealed class HeldApplication : IAsyncDisposable
{
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _arrivals = new(0);
    private TestApplication? _application;
    private int _arrived;

    public IPEndPoint Address => _application!.Address;

    public async Task StartAsync() => _application = await TestApplication.StartAsync(context =>
    {
        _arrivals.Release();
        return _release.Task;
    });

    /// <summary>Waits until so many requests in all have come.</summary>
    public async Task ArrivedAsync(int count)
    {
        while (_arrived < count)
        {
            await _arrivals.WaitAsync(TestContext.Current.CancellationToken);
            _arrived++;
        }
    }

    public void Release() => _release.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        if (_application is not null) await _application.DisposeAsync();
        _arrivals.Dispose();
    }
}
