namespace Mesh.Operator;

/// <summary>Work that goes on until the operator stops. To be stopped is no failure, even before everything has started.</summary>
internal abstract class BackgroundLoop : BackgroundService
{
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    protected abstract Task RunAsync(CancellationToken stoppingToken);
}
