using System.CommandLine;

namespace Mesh.Proxy.Interception.Cni;

/// <summary><c>mesh-proxy cni</c>: what a container runtime runs for each pod that comes and goes.</summary>
internal static class CniCommand
{
    /// <summary>Runtimes start plugins without arguments, by the name of their type.</summary>
    public static bool IsMeant(string[] arguments) => arguments.Length == 0 && Environment.GetEnvironmentVariable("CNI_COMMAND") is { Length: > 0 };

    public static Command Create()
    {
        var cni = new Command("cni", "The CNI plugin: redirects the connections of pods that may not do so themselves. Run by the container runtime.");
        cni.SetAction((result, cancellationToken) => RunAsync(
            new CniPlugin(new PodReader(), new NamespaceEntry(), new CommandRunner()), Environment.GetEnvironmentVariable,
            Console.In, result.InvocationConfiguration.Output, cancellationToken));
        cni.Add(InstallCommand.Create());
        cni.Add(InstallCommand.CreateProbe());
        return cni;
    }

    public static async Task<int> RunAsync(
        CniPlugin plugin, Func<string, string?> environment, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        var version = CniRequest.Versions[^1];
        try
        {
            var request = CniRequest.Read(environment, await input.ReadToEndAsync(cancellationToken));
            if (CniRequest.Versions.Contains(request.Version)) version = request.Version;
            if (await plugin.RunAsync(request, cancellationToken) is { } answer) await output.WriteLineAsync(answer.ToJsonString());
            return 0;
        }
        catch (CniException failure)
        {
            await output.WriteLineAsync(failure.ToJson(version).ToJsonString());
            return 1;
        }
        catch (Exception failure) when (failure is InvalidOperationException or FormatException)
        {
            // A field of another JSON type than the specification gives it.
            await output.WriteLineAsync(new CniException(CniErrorCode.InvalidConfiguration, failure.Message).ToJson(version).ToJsonString());
            return 1;
        }
    }
}
