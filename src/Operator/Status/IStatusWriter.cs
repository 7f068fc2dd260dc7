namespace Mesh.Operator.Status;

/// <summary>Where statuses go: files in standalone mode, the Kubernetes API otherwise. Reports come one at a time, in order.</summary>
internal interface IStatusWriter
{
    /// <summary>
    /// Takes a report. A writer that depends on others (a server, a lease) keeps the newest status of each object, returns at
    /// once and writes when it can; what it writes is <see cref="StatusMerge"/> of what the object says now.
    /// </summary>
    ValueTask WriteAsync(StatusReport report, CancellationToken cancellationToken);
}
