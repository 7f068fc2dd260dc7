using System.Globalization;
using System.IO.Hashing;
using System.Net;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.Sources;

namespace Mesh.Operator.Reconciliation;

/// <summary>Events for what <c>kubectl describe</c> should show: a policy that is invalid, in conflict, or refused by a proxy.</summary>
internal sealed partial class PolicyEvents(IKubernetes kubernetes, LeaderElectionOptions replica, TimeProvider time, ILogger<PolicyEvents> logger)
{
    private const string Controller = "mesh.io/operator";

    // The longest note that events.k8s.io/v1 takes.
    private const int LongestNote = 1024;

    public async Task TellAsync(IKubernetesObject<V1ObjectMeta> entity, PolicyStatus? before, PolicyStatus after, CancellationToken cancellationToken)
    {
        foreach (var condition in after.Conditions.Where(IsBad))
        {
            var same = before?.Conditions.Any(c => c.Type == condition.Type && c.Status == condition.Status && c.Reason == condition.Reason && c.Message == condition.Message);
            if (same is not true) await TellAsync(entity, condition, cancellationToken);
        }
    }

    // That a target or a proxy is still to come is no news.
    private static bool IsBad(V1Condition condition) => condition switch
    {
        { Type: ConditionTypes.Accepted, Status: "False" } => true,
        { Type: ConditionTypes.Conflicted, Status: "True" } => true,
        { Type: ConditionTypes.Programmed, Status: "False", Reason: "Refused" } => true,
        _ => false,
    };

    private async Task TellAsync(IKubernetesObject<V1ObjectMeta> entity, V1Condition condition, CancellationToken cancellationToken)
    {
        // Where events of cluster-scoped objects go by custom.
        var ns = entity.Metadata.NamespaceProperty is { Length: > 0 } own ? own : "default";
        try
        {
            await kubernetes.EventsV1.CreateNamespacedEventAsync(Event(entity, condition, ns), ns, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict)
        {
            // Told already, by this replica or the lease holder before it: the name is made from what it says.
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotTold(entity.Kind, ns, entity.Metadata.Name, exception.Describe());
        }
    }

    private Eventsv1Event Event(IKubernetesObject<V1ObjectMeta> entity, V1Condition condition, string ns)
    {
        var identity = string.Create(
            CultureInfo.InvariantCulture, $"{entity.Metadata.Uid} {condition.ObservedGeneration} {condition.Type} {condition.Reason} {condition.Message}");
        return new Eventsv1Event
        {
            Metadata = new V1ObjectMeta
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"{entity.Metadata.Name}.{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(identity)):x16}"),
                NamespaceProperty = ns,
            },
            EventTime = time.GetUtcNow().UtcDateTime,
            ReportingController = Controller,
            ReportingInstance = replica.Identity,
            Action = "Reconcile",
            Type = "Warning",
            Reason = condition.Reason,
            Note = condition.Message.Length <= LongestNote ? condition.Message : condition.Message[..LongestNote],
            Regarding = new V1ObjectReference
            {
                ApiVersion = entity.ApiVersion,
                Kind = entity.Kind,
                Name = entity.Metadata.Name,
                NamespaceProperty = entity.Metadata.NamespaceProperty,
                Uid = entity.Metadata.Uid,
                ResourceVersion = entity.Metadata.ResourceVersion,
            },
        };
    }

    [LoggerMessage(LogLevel.Warning, "Could not write an event for {Kind} {Namespace}/{Name}. {Reason}")]
    private partial void LogNotTold(string kind, string @namespace, string name, string reason);
}
