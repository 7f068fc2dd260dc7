using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using Google.Protobuf;
using Mesh.Api.Identity;
using Mesh.Bench.Measuring;
using Mesh.Rig;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>Our operator without a cluster, which issues identities by its join key: everything that a request costs is its own.</summary>
internal sealed class IdentityPeer(ChildProcess meshOperator, IPEndPoint address, byte[] joinKey) : IPeer
{
    public string Name => "mesh-operator";

    public string? Beside => null;

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [meshOperator.Id];

    /// <summary>What tokens are made with that it believes.</summary>
    public byte[] JoinKey => joinKey;

    public static async Task<IdentityPeer> StartAsync(Stage stage, CancellationToken stop)
    {
        var manifests = Path.GetDirectoryName(stage.Write("identity/manifests/namespace.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n"))!;
        var state = Path.Combine(stage.Folder, "identity", "state");
        var (discovery, admin) = (Stage.FreeAddress(), Stage.FreeAddress());
        var meshOperator = await stage.StartAsync(
            new Command("identity-operator", Programs.Operator, "run", "--manifests", manifests, "--state", state, "--discovery", $"{discovery}", "--admin", $"{admin}"),
            Cores.Measured, new Uri($"http://{admin}/readyz"), stop);
        return LocalToken.TryReadKey(await File.ReadAllTextAsync(Path.Combine(state, "identity", "join.key"), stop), out var key)
            ? new(meshOperator, discovery, key)
            : throw new RigFailedException("the operator's state folder has no join key");
    }

    /// <summary>A client with one connection. It is the operator that is measured: whether it is the right one, proxies find out.</summary>
    public HttpClient NewClient() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls13, RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
    })
    {
        BaseAddress = new($"https://{address}"),
    };

    /// <summary>Asks for a certificate.</summary>
    /// <returns>The status of the answer, as gRPC writes it; null where there was none.</returns>
    public static async Task<string?> AskAsync(HttpClient client, CertifyRequest request, CancellationToken stop)
    {
        var message = request.ToByteArray();
        // One message, not compressed: github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md.
        var content = new ByteArrayContent([0, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var post = new HttpRequestMessage(HttpMethod.Post, new Uri("/mesh.identity.v1.IdentityService/Certify", UriKind.Relative))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
            Headers = { TE = { new("trailers") } },
        };
        using var answer = await client.SendAsync(post, stop);
        return (answer.Headers.TryGetValues("grpc-status", out var values) || answer.TrailingHeaders.TryGetValues("grpc-status", out values)) ? values.First() : null;
    }

    public ValueTask DisposeAsync() => meshOperator.DisposeAsync();
}
