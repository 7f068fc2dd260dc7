namespace Mesh.Proxy.Identity;

/// <summary>Where this proxy's credentials are found. They are swapped whole; readers take no lock.</summary>
/// <param name="isEnabled">Whether this proxy has an identity at all: without, it neither offers nor takes mutual TLS.</param>
internal sealed class CredentialStore(bool isEnabled)
{
    /// <summary>Of a proxy without identity.</summary>
    public static readonly CredentialStore None = new(isEnabled: false);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Credentials? _current;

    public bool IsPending => IsEnabled && _current is null;

    public bool IsEnabled { get; } = isEnabled;

    /// <summary>In force now; null before the first.</summary>
    public Credentials? Current => _current;

    /// <summary>Completes with the first.</summary>
    public Task WhenThereAsync(CancellationToken cancellationToken) => _first.Task.WaitAsync(cancellationToken);

    public void Replace(Credentials credentials)
    {
        lock (_lock) _current = credentials;
        _first.TrySetResult();
    }

    /// <summary>Believes others from now on, with the certificate that there is.</summary>
    public void Trust(TrustBundle trust)
    {
        lock (_lock)
        {
            if (_current is { } current && !current.Trust.Equals(trust)) _current = current.Trusting(trust);
        }
    }
}
