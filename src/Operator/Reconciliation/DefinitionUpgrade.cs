using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.Reconciliation;

/// <summary>
/// Brings the definitions of the mesh's kinds up to this operator's version, since helm installs its crds/ folder and never upgrades it
/// (docs/decisions/definitions-by-the-operator.md). Definitions of a later version stay as they are: this operator is about to be replaced.
/// </summary>
internal sealed partial class DefinitionUpgrade(IKubernetes kubernetes, TimeProvider time, ILogger<DefinitionUpgrade> logger) : ILeaderWork
{
    public const string FieldManager = "mesh-operator";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), Random.Shared);
        foreach (var definition in CustomResourceDefinitions.All)
        {
            while (!await TryUpgradeAsync(definition, cancellationToken)) await Task.Delay(backOff.Next(), time, cancellationToken);
            backOff.Reset();
        }
    }

    /// <returns>False where it is to be tried again.</returns>
    private async Task<bool> TryUpgradeAsync(V1CustomResourceDefinition definition, CancellationToken cancellationToken)
    {
        var name = definition.Name();
        try
        {
            var (installed, own) = (await InstalledVersionAsync(name, cancellationToken), VersionOf(definition)!);
            if (installed >= own) return true;
            // Forced: whoever installed it, helm or kubectl, owns what is to change.
            await kubernetes.ApiextensionsV1.PatchCustomResourceDefinitionAsync(
                new V1Patch(KubernetesJson.Serialize(definition), V1Patch.PatchType.ApplyPatch), name, fieldManager: FieldManager, force: true, cancellationToken: cancellationToken);
            LogUpgraded(name, installed, own);
            return true;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Forbidden)
        {
            LogForbidden(name, exception.Describe());
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(name, exception.Describe());
            return false;
        }
    }

    /// <returns>Null where there is none, or where it doesn't say.</returns>
    private async Task<Version?> InstalledVersionAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return VersionOf(await kubernetes.ApiextensionsV1.ReadCustomResourceDefinitionAsync(name, cancellationToken: cancellationToken));
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static Version? VersionOf(V1CustomResourceDefinition definition) =>
        Version.TryParse(definition.GetAnnotation(MeshApi.VersionAnnotation), out var version) ? version : null;

    [LoggerMessage(LogLevel.Information, "Brought definition {Definition} from version {From} to {To}.")]
    private partial void LogUpgraded(string definition, Version? from, Version to);

    [LoggerMessage(LogLevel.Warning, "May not bring definition {Definition} up to date; apply config/crds by hand. {Reason}")]
    private partial void LogForbidden(string definition, string reason);

    [LoggerMessage(LogLevel.Warning, "Could not bring definition {Definition} up to date; trying again. {Reason}")]
    private partial void LogFailed(string definition, string reason);
}
