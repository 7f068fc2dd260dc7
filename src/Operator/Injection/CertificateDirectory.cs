namespace Mesh.Operator.Injection;

/// <summary>
/// Shows the certificate that somebody else keeps in a directory, such as cert-manager in a mounted Secret, and follows its renewal.
/// </summary>
internal sealed partial class CertificateDirectory(
    ServingCertificate certificate, WebhookOptions options, TimeProvider time, ILogger<CertificateDirectory> logger) : BackgroundService
{
    // Polled: mounted Secrets change by a swap of symbolic links above the files, which file notifications miss.
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    private string? _shown;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(PollInterval, time);
        do
        {
            await CheckAsync(options.CertificateDirectory!, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CheckAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            var bundle = new CertificateBundle(
                await File.ReadAllTextAsync(Path.Combine(directory, "tls.crt"), cancellationToken),
                await File.ReadAllTextAsync(Path.Combine(directory, "tls.key"), cancellationToken),
                "");
            if (_shown == bundle.Certificate) return;
            var loaded = bundle.Load();
            certificate.Use(loaded);
            _shown = bundle.Certificate;
            LogLoaded(directory, loaded.NotAfter.ToUniversalTime());
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(exception, directory);
        }
    }

    [LoggerMessage(LogLevel.Information, "Loaded the webhook's certificate from {Directory}; it ends {NotAfter:u}.")]
    private partial void LogLoaded(string directory, DateTime notAfter);

    [LoggerMessage(LogLevel.Warning, "Could not load the webhook's certificate from {Directory}; the one before stays, if there was one.")]
    private partial void LogFailed(Exception exception, string directory);
}
