using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>The certificate that this replica shows to proxies: signed by its own authority, and renewed as a proxy's is.</summary>
internal sealed partial class OperatorCertificate(
    CurrentAuthority authority, ClusterState state, OperatorIdentity self, TimeProvider time, ILogger<OperatorCertificate> logger) : BackgroundLoop
{
    // How soon another issuer, another trust domain or a failure is noticed.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Shown? _shown;

    /// <summary>The certificate of now; waits for the first.</summary>
    public async ValueTask<SslStreamCertificateContext> GetAsync(CancellationToken cancellationToken)
    {
        await _known.Task.WaitAsync(cancellationToken);
        return _shown!.Context;
    }

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckInterval, time);
        await authority.Known.WaitAsync(stoppingToken);
        do
        {
            Check();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Check()
    {
        var (signing, trustDomain, now) = (authority.Current!, TrustDomain.Of(state.Current), time.GetUtcNow());
        if (_shown is { } shown && shown.Authority == signing && shown.TrustDomain == trustDomain && now < shown.RenewAt) return;
        if (!signing.CanIssue(now))
        {
            LogEnded(signing.IssuerEnds);
            return;
        }
        _shown = Show(signing, trustDomain, now);
        _known.TrySetResult();
    }

    private Shown Show(CertificateAuthority signing, string trustDomain, DateTimeOffset now)
    {
        using var key = CertificateProfile.NewKey();
        var issued = signing.Issue(new PublicKey(key), self.In(trustDomain), self.Name, now, IdentityPolicy.Of(state.Current).CertificateLifetime, Random.Shared.NextDouble());
        using var certificate = issued.Certificate;
        return new(
            SslStreamCertificateContext.Create(certificate.CopyWithPrivateKey(key), [.. issued.Intermediates], offline: true), signing, trustDomain, issued.RenewAt);
    }

    private sealed record Shown(SslStreamCertificateContext Context, CertificateAuthority Authority, string TrustDomain, DateTimeOffset RenewAt);

    [LoggerMessage(LogLevel.Error, "The issuer's certificate ended {Ended:u}: nobody gets a certificate any more")]
    private partial void LogEnded(DateTimeOffset ended);
}
