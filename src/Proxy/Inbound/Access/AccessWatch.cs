using Mesh.Api.Authorization;

namespace Mesh.Proxy.Inbound.Access;

/// <summary>Something that lasts and was let in: a connection that is relayed, a stream.</summary>
internal sealed class AccessWatch(Func<Authorizer, bool> isAllowed, Action end, Action<AccessWatch> over) : IDisposable
{
    private readonly Lock _gate = new();
    private bool _isOver;

    public void Reconsider(Authorizer rules)
    {
        lock (_gate)
        {
            if (_isOver || isAllowed(rules)) return;
            _isOver = true;
            end();
        }
    }

    /// <summary>It has come to its end; nothing of it is looked at after this.</summary>
    public void Dispose()
    {
        lock (_gate) _isOver = true;
        over(this);
    }
}
