using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Mesh.KubeApi.Clusters;

/// <summary>
/// Gives every namespace its service account <c>default</c>, as Kubernetes' controllers do: without one the API server takes no pod. For an API
/// server that has no controllers.
/// </summary>
internal sealed class DefaultServiceAccounts : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Kubernetes _client;
    private readonly Task _running;

    public DefaultServiceAccounts(string kubeConfigPath)
    {
        _client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeConfigPath));
        _running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _running;
        _client.Dispose();
        _ended.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                await foreach (var (change, space) in _client.CoreV1.WatchListNamespaceAsync(cancellationToken: _ended.Token))
                {
                    if (change is WatchEventType.Added) await CreateAsync(space.Name());
                }
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // The API server is being restarted, or this has ended.
                await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            }
        }
    }

    private async Task CreateAsync(string space)
    {
        try
        {
            await _client.CoreV1.CreateNamespacedServiceAccountAsync(new() { Metadata = new() { Name = "default" } }, space, cancellationToken: _ended.Token);
        }
        catch (HttpOperationException failure) when (failure.Response.StatusCode == HttpStatusCode.Conflict)
        {
            // By a watch before this one.
        }
    }
}
