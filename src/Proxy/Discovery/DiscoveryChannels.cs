using System.Net.Security;
using Grpc.Net.Client;
using Mesh.Proxy.Identity;

namespace Mesh.Proxy.Discovery;

/// <summary>The channel to the operator. It is opened anew where this proxy's credentials have changed since the last stream.</summary>
internal sealed class DiscoveryChannels(DiscoveryOptions options, CredentialStore store) : IDisposable
{
    // A destination of a hundred thousand endpoints takes about 5 MB.
    private const int LargestMessage = 64 * 1024 * 1024;

    private GrpcChannel? _channel;
    private Credentials? _credentials;

    /// <summary>For the next stream. One caller at a time; the last stream is over.</summary>
    public GrpcChannel Current()
    {
        var credentials = store.Current;
        if (_channel is { } open && ReferenceEquals(credentials, _credentials)) return open;
        _channel?.Dispose();
        _credentials = credentials;
        return _channel = Open(options.OperatorIdentity is { } expected ? credentials?.ClientOptionsFor(expected) : null);
    }

    public void Dispose() => _channel?.Dispose();

    private GrpcChannel Open(SslClientAuthenticationOptions? tls) => GrpcChannel.ForAddress(options.Operator, new()
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = options.KeepAlive,
            KeepAlivePingTimeout = options.KeepAlive,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            UseProxy = false,
            SslOptions = tls,
        },
        DisposeHttpClient = true,
        // The channel has a back-off of its own, of up to two minutes; when to try again is decided here.
        InitialReconnectBackoff = options.ReconnectBase,
        MaxReconnectBackoff = options.ReconnectBase,
        MaxReceiveMessageSize = LargestMessage,
    });
}
