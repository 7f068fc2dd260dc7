using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Delays or aborts a share of requests, as the policy's faults say. It stands before all else, so that no breaker, retry or
/// latency takes an injected fault for a real one.
/// </summary>
internal sealed class FaultHandler(string destination, IEnumerable<Fault> faults, Random random, TimeProvider time) : DelegatingHandler
{
    private readonly FaultRules _faults = new(faults, random);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _faults.Draw(request, RequestTrace.Of(request).Caller) is { } fault ? InjectAsync(fault, request, cancellationToken) : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> InjectAsync(Fault fault, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var trace = RequestTrace.Of(request);
        if (fault.Delay?.ToTimeSpan() is { } delay)
        {
            trace.FaultDelayed = true;
            await Task.Delay(delay, time, cancellationToken);
        }
        if (fault.AbortCase is Fault.AbortOneofCase.None) return await base.SendAsync(request, cancellationToken);
        trace.FaultAborted = true;
        return new RefusedResponse(Abort(fault), request);
    }

    private MeshException Abort(Fault fault)
    {
        var (status, grpcStatus) = fault.AbortCase is Fault.AbortOneofCase.Status
            ? ((int)fault.Status, GrpcCall.StatusFor((int)fault.Status))
            : (GrpcCall.HttpStatusFor((GrpcStatus)fault.GrpcCode), (GrpcStatus)fault.GrpcCode);
        return new(MeshErrorCode.FaultInjected, $"{destination}: aborted by a fault of its TrafficPolicy; nothing was sent")
        {
            Statuses = (status, (int)grpcStatus),
        };
    }
}
