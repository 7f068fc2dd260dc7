namespace Mesh.Proxy.Sockets;

/// <summary>What has something to do once the loop has seen to all that was due.</summary>
internal interface IRoundEnd
{
    /// <summary>On the loop's thread. It must not throw.</summary>
    void OnRoundEnd();
}
