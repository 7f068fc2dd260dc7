using System.Net;
using Grpc.Core;
using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>The identity service: whoever reaches it may ask, and nothing that is sent is trusted.</summary>
internal sealed partial class IdentityServer(Certification certification, RefusalLog refusals, IdentityMetrics metrics, ILogger<IdentityServer> logger)
    : IdentityService.IdentityServiceBase
{
    public override async Task<CertifyResponse> Certify(CertifyRequest request, ServerCallContext context)
    {
        var source = context.GetHttpContext().Connection.RemoteIpAddress ?? IPAddress.None;
        var (response, refusal, owner) = await certification.CertifyAsync(request, source, context.CancellationToken);
        if (refusal is not null)
        {
            refusals.Add(refusal, source, owner);
            throw new RpcException(new(refusal.Status, refusal.Detail));
        }
        metrics.Issued();
        LogIssued(owner!.Namespace, owner.Name, owner.ServiceAccount, response!.RenewAt.ToDateTime());
        return response;
    }

    [LoggerMessage(LogLevel.Information, "Certificate for {Namespace}/{Proxy} as service account {ServiceAccount}; to be renewed {RenewAt:u}")]
    private partial void LogIssued(string @namespace, string proxy, string serviceAccount, DateTime renewAt);
}
