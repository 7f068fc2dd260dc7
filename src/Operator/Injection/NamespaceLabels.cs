using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Injection;

/// <summary>
/// Keeps namespaces' labels as their annotations say, where the webhook was not asked: those annotated before the mesh was installed, or
/// while it was away.
/// </summary>
internal sealed partial class NamespaceLabels(IKubernetes kubernetes, ClusterState state, TimeProvider time, ILogger<NamespaceLabels> logger) : ILeaderWork
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            foreach (var space in state.Current.Namespaces.Values)
            {
                if (InjectLabel.Of(space) != InjectLabel.Found(space)) await LabelAsync(space, cancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task LabelAsync(V1Namespace space, CancellationToken cancellationToken)
    {
        var (name, label) = (space.Metadata.Name, InjectLabel.Of(space));
        // Only while it is the namespace that was read: the annotation may say something else by now.
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = space.Metadata.ResourceVersion, ["labels"] = new JsonObject { [MeshApi.InjectLabel] = label } },
        };
        try
        {
            await kubernetes.CoreV1.PatchNamespaceAsync(new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch), name, cancellationToken: cancellationToken);
            LogLabelled(name, MeshApi.InjectLabel, label ?? "none");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(name, MeshApi.InjectLabel, exception.Describe());
        }
    }

    [LoggerMessage(LogLevel.Information, "Namespace {Namespace}: label {Label} is {Value} now, as the annotation says.")]
    private partial void LogLabelled(string @namespace, string label, string value);

    [LoggerMessage(LogLevel.Warning, "Namespace {Namespace}: could not set label {Label}; trying again. {Reason}")]
    private partial void LogFailed(string @namespace, string label, string reason);
}
