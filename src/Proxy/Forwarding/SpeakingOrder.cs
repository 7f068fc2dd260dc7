namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Who speaks first on connections to one upstream, learnt from them. A client that was merely slow teaches nothing: only where a
/// server greets a client that was waited for in vain are first bytes no longer waited for, and only until a client is first again.
/// </summary>
internal sealed class SpeakingOrder
{
    private volatile bool _isServerFirst;

    public bool IsServerFirst => _isServerFirst;

    public void Began(bool byServer, bool wasWaitedFor)
    {
        if (!byServer) _isServerFirst = false;
        else if (wasWaitedFor) _isServerFirst = true;
    }
}
