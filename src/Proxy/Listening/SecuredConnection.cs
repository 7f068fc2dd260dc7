using System.Net;
using Mesh.Proxy.Identity;

namespace Mesh.Proxy.Listening;

/// <summary>
/// A connection whose TLS ends here: decrypted, with who is at its other end among its features. To the server it is a connection in
/// the clear.
/// </summary>
internal sealed class SecuredConnection : StreamConnection
{
    private readonly SecuredStream _secured;

    public SecuredConnection(SecuredStream secured, EndPoint? local, EndPoint? remote)
        : base(secured.Decrypted, local, remote, tellsEnd: false)
    {
        _secured = secured;
        Features.Set(secured.Peer);
    }

    protected override void Break() => _secured.Tls.Dispose();

    protected override async ValueTask CloseAsync()
    {
        await _secured.Tls.ShutdownAsync();
        await _secured.Tls.DisposeAsync();
    }
}
