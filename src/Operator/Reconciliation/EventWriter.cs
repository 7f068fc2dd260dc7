using System.Globalization;
using System.IO.Hashing;
using System.Net;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Mesh.Operator.Reconciliation;

/// <summary>Writes warnings to where <c>kubectl describe</c> shows them. To fail at it is worth a line in the log, no more.</summary>
internal sealed partial class EventWriter(IKubernetes kubernetes, LeaderElectionOptions replica, TimeProvider time, ILogger<EventWriter> logger)
{
    private const string Controller = "mesh.io/operator";

    // The longest note that events.k8s.io/v1 takes.
    private const int LongestNote = 1024;

    /// <param name="regarding">The object that it is about.</param>
    /// <param name="identity">What makes it this event: the same of the same object is told once, whichever replica tells it.</param>
    /// <param name="reason">In a word, for programs.</param>
    /// <param name="note">In a sentence.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public async Task WarnAsync(IKubernetesObject<V1ObjectMeta> regarding, string identity, string reason, string note, CancellationToken cancellationToken)
    {
        // Where events of cluster-scoped objects go by custom.
        var ns = regarding.Metadata.NamespaceProperty is { Length: > 0 } own ? own : "default";
        try
        {
            await kubernetes.EventsV1.CreateNamespacedEventAsync(Event(regarding, ns, identity, reason, note), ns, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict)
        {
            // Told already, by this replica or the lease holder before it: the name is made from what it says.
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotTold(regarding.Kind, ns, regarding.Metadata.Name, exception.Describe());
        }
    }

    private Eventsv1Event Event(IKubernetesObject<V1ObjectMeta> regarding, string ns, string identity, string reason, string note) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = string.Create(
                CultureInfo.InvariantCulture, $"{regarding.Metadata.Name}.{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{regarding.Metadata.Uid} {identity}")):x16}"),
            NamespaceProperty = ns,
        },
        EventTime = time.GetUtcNow().UtcDateTime,
        ReportingController = Controller,
        ReportingInstance = replica.Identity,
        Action = "Reconcile",
        Type = "Warning",
        Reason = reason,
        Note = note.Length <= LongestNote ? note : note[..LongestNote],
        Regarding = new V1ObjectReference
        {
            ApiVersion = regarding.ApiVersion,
            Kind = regarding.Kind,
            Name = regarding.Metadata.Name,
            NamespaceProperty = regarding.Metadata.NamespaceProperty,
            Uid = regarding.Metadata.Uid,
            ResourceVersion = regarding.Metadata.ResourceVersion,
        },
    };

    [LoggerMessage(LogLevel.Warning, "Could not write an event for {Kind} {Namespace}/{Name}. {Reason}")]
    private partial void LogNotTold(string kind, string @namespace, string name, string reason);
}
