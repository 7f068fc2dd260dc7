using System.CommandLine;
using Mesh.Api.Resources;
using static Mesh.Proxy.CommandLine.EnvironmentOptions;

namespace Mesh.Proxy.Interception;

/// <summary>
/// <c>mesh-proxy verify</c>: whether connections do go to the proxy. An init container runs it in pods that rely on the CNI plugin, so that none
/// runs past the mesh unnoticed because the plugin was not there when it started. It needs no capability, unlike reading the rules.
/// </summary>
internal static class VerifyCommand
{
    private static readonly Option<TimeSpan> Timeout = New<TimeSpan>("--timeout", "MESH_VERIFY_TIMEOUT", "How long a connection may take to arrive.", "5s", ParseDuration);

    public static Command Create()
    {
        var verify = new Command("verify", "Check that this pod's connections go to the proxy: exit code 0 or 1. To be run before the proxy, as another user than the proxy's.") { Timeout };
        foreach (var option in RulesOptions.All) verify.Add(option);
        verify.SetAction(async (result, cancellationToken) =>
        {
            var console = result.InvocationConfiguration;
            try
            {
                var families = await RedirectionProbe.RunAsync(RulesOptions.Read(result), result.GetRequiredValue(Timeout), cancellationToken);
                await console.Output.WriteLineAsync($"connections over {families} go to the proxy");
                return 0;
            }
            catch (InterceptionException failure)
            {
                await console.Error.WriteLineAsync($"mesh-proxy verify: {failure.Message}");
                return 1;
            }
        });
        return verify;
    }

    private static string? ParseDuration(string text, out TimeSpan value)
    {
        var valid = MeshDuration.TryParse(text, out var duration);
        value = duration.Value;
        return valid ? null : MeshDuration.Expected;
    }
}
