using k8s.Exceptions;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Operator.Hosting;

/// <summary>One run of the operator.</summary>
internal static class OperatorProgram
{
    /// <returns>The process' exit code: 0 after a stop that was asked for, 1 where it could not start, or a part of it failed.</returns>
    public static async Task<int> RunAsync(
        OperatorOptions options, TextWriter errors, CancellationToken cancellationToken, Action<WebApplicationBuilder>? configure = null)
    {
        try
        {
            await using var app = OperatorHost.Build(options, configure);
            var parts = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
            await RunAsync(app, cancellationToken);
            // The host stops for a part that fails, and says nothing more of it.
            if (parts.Find(part => part.ExecuteTask is { IsFaulted: true }) is not { } failed) return 0;
            await errors.WriteLineAsync($"mesh-operator: {failed.GetType().Name} failed, so the operator stopped: {failed.ExecuteTask!.Exception!.GetBaseException()}");
            return 1;
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            await errors.WriteLineAsync($"mesh-operator: {exception.Message} Stop what listens there, or choose other ports with --discovery and --admin (port 0: any free one).");
            return 1;
        }
        catch (KubeConfigException exception)
        {
            await errors.WriteLineAsync($"mesh-operator: no cluster to serve: {exception.Message} Name one with --kubeconfig, or run standalone with --manifests.");
            return 1;
        }
        catch (DirectoryNotFoundException exception)
        {
            await errors.WriteLineAsync($"mesh-operator: {exception.Message} Create it, or name one that exists with --manifests.");
            return 1;
        }
    }

    private static async Task RunAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        try
        {
            await app.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested || cancellationToken.IsCancellationRequested)
        {
            // Stopped before everything had started.
        }
    }
}
