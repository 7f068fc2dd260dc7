using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound;

/// <summary>What the application's ports demand of those who come in, as the operator says for each of them.</summary>
/// <param name="applicationPort">The application's only port; null where connections are redirected here, and bring theirs.</param>
/// <param name="store">What this proxy proves itself with.</param>
/// <param name="workloads">What holds.</param>
/// <param name="clock">The clock of the log's allowance.</param>
/// <param name="logger">Where to say who was refused, and why.</param>
internal sealed partial class InboundSecurity(int? applicationPort, CredentialStore store, IWorkloadSource workloads, TimeProvider clock, ILogger logger) : IPortSecurity
{
    private const int LinesPerSecond = 10;

    private readonly LogAllowance _lines = new(LinesPerSecond, clock);

    public PortDemand DemandOf(OriginalDestination? original)
    {
        var workload = workloads.Current;
        if (store.IsEnabled && (!workload.IsKnown || store.Current is null)) return PortDemand.Closed;
        return workload.MtlsModeOf(applicationPort ?? original?.Address.Port ?? 0) switch
        {
            MtlsMode.Strict => PortDemand.Required,
            // A proxy without identity can terminate nothing.
            MtlsMode.Permissive when store.IsEnabled => PortDemand.Optional,
            _ => PortDemand.None,
        };
    }

    public Task<SecuredStream> AcceptAsync(Stream plain, CancellationToken cancellationToken) => store.Current is { } credentials
        ? credentials.AcceptAsync(plain, cancellationToken)
        : throw new IOException("this proxy has no certificate");

    public void Refused(EndPoint? client, OriginalDestination? original, ConnectionRefusal refusal, string? detail)
    {
        if (!_lines.TryTake(out var missed)) return;
        if (missed > 0) LogMissed(missed);
        LogRefused(client, applicationPort ?? original?.Address.Port, refusal, detail ?? "");
    }

    [LoggerMessage(LogLevel.Warning, "connection from {Client} to port {Port} refused: {Refusal} {Detail}")]
    private partial void LogRefused(EndPoint? client, int? port, ConnectionRefusal refusal, string detail);

    [LoggerMessage(LogLevel.Warning, "{Missed} more connections were refused within a second, too many to be told of one by one")]
    private partial void LogMissed(int missed);
}
