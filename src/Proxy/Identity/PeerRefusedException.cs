namespace Mesh.Proxy.Identity;

/// <summary>A peer is not who it should be, or nobody that can be believed.</summary>
internal sealed class PeerRefusedException(string reason, Exception innerException) : IOException($"the peer is refused: {reason}", innerException)
{
    public string Reason { get; } = reason;
}
