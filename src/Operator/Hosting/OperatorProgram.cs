using k8s.Exceptions;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Operator.Hosting;

/// <summary>One run of the operator.</summary>
internal static class OperatorProgram
{
    /// <returns>The process' exit code: 0 after a stop that was asked for, 1 where it could not start.</returns>
    public static async Task<int> RunAsync(OperatorOptions options, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            await using var app = OperatorHost.Build(options);
            await app.RunAsync(cancellationToken);
            return 0;
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
}
