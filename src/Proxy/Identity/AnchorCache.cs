using System.Security.Cryptography;

namespace Mesh.Proxy.Identity;

/// <summary>
/// The trust anchors over restarts. A container that is started anew is given the anchors of the pod's creation, which a rotation may
/// have replaced; what was learnt since is in a folder that lives as long as the pod.
/// </summary>
internal sealed partial class AnchorCache(IdentityOptions options, ILogger<AnchorCache> logger)
{
    private const string FileName = "trust-anchors.pem";

    private string? Path => options.Cache is { } folder ? System.IO.Path.Combine(folder, FileName) : null;

    /// <summary>What was learnt last; else what the proxy was given.</summary>
    /// <exception cref="CryptographicException">What it was given can't be read.</exception>
    /// <exception cref="IOException">The same.</exception>
    public TrustBundle Load()
    {
        if (Path is { } kept && File.Exists(kept))
        {
            try
            {
                return TrustBundle.OfPem(File.ReadAllText(kept));
            }
            catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
            {
                LogUnreadable(kept, failure.Message);
            }
        }
        return TrustBundle.OfPem(options.TrustAnchors.Contains("-----BEGIN", StringComparison.Ordinal) ? options.TrustAnchors : File.ReadAllText(options.TrustAnchors));
    }

    /// <summary>Keeps anchors that were learnt. Where that fails, the proxy goes on without.</summary>
    public void Save(TrustBundle trust)
    {
        if (Path is not { } path) return;
        try
        {
            Directory.CreateDirectory(options.Cache!);
            // Whoever reads it sees the old or the new, never a half.
            var fresh = path + ".new";
            File.WriteAllText(fresh, trust.ToPem());
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotKept(path, failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "trust anchors in {File} can't be read, those given at the start are used: {Reason}")]
    private partial void LogUnreadable(string file, string reason);

    [LoggerMessage(LogLevel.Warning, "trust anchors can't be kept in {File}: {Reason}")]
    private partial void LogNotKept(string file, string reason);
}
