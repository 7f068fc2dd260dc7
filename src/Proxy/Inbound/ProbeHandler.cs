using Mesh.Proxy.Inbound.RateLimiting;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound;

/// <summary>
/// Sends the kubelet's probes straight to the application: an application that has much to do is no sicker for it, and would be
/// restarted if its policy refused them. The kubelet has no identity; it is known by how it calls itself, which anyone can, so
/// that only as many pass as there may be of its kind. The rest are requests like others.
/// </summary>
internal sealed class ProbeHandler : DelegatingHandler
{
    // kubernetes/kubernetes pkg/probe, http and grpc: "kube-probe/1.34".
    private const string KubeletPrefix = "kube-probe/";
    private const string UserAgent = "User-Agent";

    // Three probes a second for each of several containers, and all of them at once.
    private static readonly Api.Discovery.TokenBucket Allowance = new() { Requests = 10, Per = new() { Seconds = 1 }, Burst = 20 };

    private readonly HttpMessageInvoker _application;
    private readonly TokenBucket _allowance;

    public ProbeHandler(HttpMessageInvoker application, TimeProvider time)
    {
        _application = application;
        _allowance = new(new(Allowance, time));
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        IsProbe(request) && _allowance.TryTake().Granted ? _application.SendAsync(request, cancellationToken) : base.SendAsync(request, cancellationToken);

    private static bool IsProbe(HttpRequestMessage request) =>
        MessageFields.TryGet(request, UserAgent, out var agent) && agent.ToString().StartsWith(KubeletPrefix, StringComparison.Ordinal);
}
