using System.Globalization;
using k8s;
using k8s.Models;

namespace Mesh.Operator.Injection;

/// <summary>
/// Whether the cluster has native sidecars: an API server before 1.29 drops their restartPolicy, and the pod would wait for ever for
/// an init container that is not to end.
/// </summary>
internal sealed partial class NativeSidecars(IKubernetes kubernetes, TimeProvider time, ILogger<NativeSidecars> logger)
{
    // SidecarContainers is beta, and on, since 1.29 (KEP-753).
    private static readonly (int Major, int Minor) Since = (1, 29);

    // A cluster that is upgraded under the operator is noticed within that.
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(5);

    private volatile Answer? _last;

    /// <summary>Asks the API server for its version now and then; where it doesn't say, what it said last holds.</summary>
    /// <exception cref="Exception">It has never said.</exception>
    public async ValueTask<bool> AreThereAsync(CancellationToken cancellationToken)
    {
        var last = _last;
        if (last is not null && time.GetElapsedTime(last.At) < Validity) return last.AreThere;
        try
        {
            var areThere = Has(await kubernetes.Version.GetCodeAsync(cancellationToken));
            _last = new(areThere, time.GetTimestamp());
            return areThere;
        }
        catch (Exception exception) when (last is not null && !cancellationToken.IsCancellationRequested)
        {
            LogNotAsked(exception.Describe());
            return last.AreThere;
        }
    }

    // Some distributions write the minor as 29+.
    private static bool Has(VersionInfo version) =>
        int.TryParse(version.Major, NumberStyles.None, CultureInfo.InvariantCulture, out var major)
        && int.TryParse(version.Minor?.TrimEnd('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
        && (major, minor).CompareTo(Since) >= 0;

    private sealed record Answer(bool AreThere, long At);

    [LoggerMessage(LogLevel.Warning, "The API server's version could not be asked; what it was holds. {Reason}")]
    private partial void LogNotAsked(string reason);
}
