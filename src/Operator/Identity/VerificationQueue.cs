using System.Net;

namespace Mesh.Operator.Identity;

/// <summary>Who may have a token verified now: only so many at a time, a bounded queue before them, and nobody all of it.</summary>
internal sealed class VerificationQueue(IdentityLimits limits) : IDisposable
{
    private readonly SemaphoreSlim _places = new(limits.Verifications);
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _bySource = [];
    private int _waiting;

    /// <summary>Waits for a place.</summary>
    /// <returns>Null once there is one, to be given back by <see cref="Leave"/>; else why there is none.</returns>
    public async ValueTask<CertifyRefusal?> EnterAsync(IPAddress source, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var own = _bySource.GetValueOrDefault(source);
            if (own >= limits.VerificationsOfASource) return new(RefusalReason.SourceLimit, $"found more than {limits.VerificationsOfASource} requests of one address at a time");
            if (_waiting >= limits.WaitingVerifications + limits.Verifications) return new(RefusalReason.QueueFull, $"found more than {limits.WaitingVerifications} requests waiting");
            _waiting++;
            _bySource[source] = own + 1;
        }
        try
        {
            await _places.WaitAsync(cancellationToken);
            return null;
        }
        catch
        {
            Forget(source);
            throw;
        }
    }

    public void Leave(IPAddress source)
    {
        _places.Release();
        Forget(source);
    }

    public void Dispose() => _places.Dispose();

    private void Forget(IPAddress source)
    {
        lock (_gate)
        {
            _waiting--;
            if (_bySource[source] is 1) _bySource.Remove(source);
            else _bySource[source]--;
        }
    }
}
