namespace Mesh.Operator.Identity;

/// <summary>The authority as this replica knows it.</summary>
internal sealed class CurrentAuthority
{
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CertificateAuthority? _current;

    /// <summary>Null until it has been read, or made.</summary>
    public CertificateAuthority? Current => _current;

    /// <summary>Completes once there is one.</summary>
    public Task Known => _known.Task;

    /// <summary>There is another one, or other anchors are trusted.</summary>
    public event Action? Changed;

    public void Use(CertificateAuthority authority)
    {
        _current = authority;
        _known.TrySetResult();
        Changed?.Invoke();
    }
}
