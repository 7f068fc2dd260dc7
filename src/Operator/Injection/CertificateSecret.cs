using System.Net;
using System.Security.Cryptography;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Mesh.Operator.Injection;

/// <summary>
/// Keeps a certificate of the operator's own making in a Secret that all replicas share, renews it in time, tells the API server
/// whom to trust, and shows it. Safe whatever number of replicas does so at once: the first to create or renew it wins.
/// </summary>
internal sealed partial class CertificateSecret(
    IKubernetes kubernetes,
    WebhookConfigurations configurations,
    ServingCertificate certificate,
    WebhookOptions options,
    TimeProvider time,
    ILogger<CertificateSecret> logger) : BackgroundService
{
    public const string SecretName = "mesh-webhook-certificate";

    // A third of its life: time enough for somebody to see why it is not renewed.
    private static readonly TimeSpan RenewBefore = CertificateIssuer.Lifetime / 3;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private CertificateBundle? _shown;
    private CertificateBundle? _next;
    private long _nextSince;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = options.CheckInterval;
            try
            {
                if (!await CheckAsync(stoppingToken)) wait = RetryInterval;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(options.Namespace, SecretName, exception.Describe());
                wait = RetryInterval;
            }
            await Task.Delay(wait, time, stoppingToken);
        }
    }

    /// <returns>False where somebody else was quicker, or the API server knows no webhook to trust yet: look again soon.</returns>
    private async Task<bool> CheckAsync(CancellationToken cancellationToken)
    {
        var secret = await ReadAsync(cancellationToken);
        var bundle = secret is null ? null : Usable(secret);
        if (bundle is null)
        {
            bundle = CertificateIssuer.Issue(options.Service, options.Namespace, PreviousAuthorities(secret), time.GetUtcNow());
            if (!await WriteAsync(secret, bundle, cancellationToken)) return false;
            LogIssued(options.Namespace, SecretName, CertificateIssuer.Lifetime.TotalDays);
        }
        // Trust first: what is shown before it is trusted fails.
        var trusted = await configurations.TrustAsync(bundle.Authorities, cancellationToken);
        Show(bundle);
        return trusted;
    }

    // Others may show the one before for a while, and we do: what knew it is to know it still, even where somebody deleted the Secret.
    private string? PreviousAuthorities(V1Secret? secret) =>
        (secret is null ? null : CertificateBundle.From(secret)?.Authorities) is { } stored && stored != _shown?.Authorities ? stored + _shown?.Authorities : _shown?.Authorities;

    // The first one at once. A later one when every API server has had the time to learn whom to trust; the one before is good until then.
    private void Show(CertificateBundle bundle)
    {
        if (bundle == _shown) return;
        if (bundle != _next) (_next, _nextSince) = (bundle, time.GetTimestamp());
        if (_shown is not null && time.GetElapsedTime(_nextSince) < options.TrustDelay) return;
        var loaded = bundle.Load();
        certificate.Use(loaded);
        _shown = bundle;
        LogShown(options.Namespace, SecretName, loaded.NotAfter.ToUniversalTime());
    }

    private CertificateBundle? Usable(V1Secret secret)
    {
        if (CertificateBundle.From(secret) is not { } bundle) return null;
        try
        {
            using var loaded = bundle.Load();
            return loaded.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime > RenewBefore ? bundle : null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            LogUnusable(options.Namespace, SecretName, exception.Message);
            return null;
        }
    }

    private async Task<V1Secret?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await kubernetes.CoreV1.ReadNamespacedSecretAsync(SecretName, options.Namespace, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<bool> WriteAsync(V1Secret? existing, CertificateBundle bundle, CancellationToken cancellationToken)
    {
        try
        {
            if (existing is null)
            {
                var secret = new V1Secret
                {
                    Metadata = new V1ObjectMeta { Name = SecretName, NamespaceProperty = options.Namespace },
                    Type = "kubernetes.io/tls",
                    Data = bundle.ToSecretData(),
                };
                await kubernetes.CoreV1.CreateNamespacedSecretAsync(secret, options.Namespace, cancellationToken: cancellationToken);
            }
            else
            {
                // With the resourceVersion that was read: another replica's renewal is not overwritten.
                existing.Data = bundle.ToSecretData();
                await kubernetes.CoreV1.ReplaceNamespacedSecretAsync(existing, SecretName, options.Namespace, cancellationToken: cancellationToken);
            }
            return true;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "Made the webhook's certificate, in Secret {Namespace}/{Secret}, for {Days} days.")]
    private partial void LogIssued(string @namespace, string secret, double days);

    [LoggerMessage(LogLevel.Information, "The webhook shows the certificate of Secret {Namespace}/{Secret}; it ends {NotAfter:u}.")]
    private partial void LogShown(string @namespace, string secret, DateTime notAfter);

    [LoggerMessage(LogLevel.Warning, "Secret {Namespace}/{Secret} holds no certificate with its key; making another. {Reason}")]
    private partial void LogUnusable(string @namespace, string secret, string reason);

    [LoggerMessage(LogLevel.Warning, "Could not keep the webhook's certificate in Secret {Namespace}/{Secret}; trying again. {Reason}")]
    private partial void LogFailed(string @namespace, string secret, string reason);
}
