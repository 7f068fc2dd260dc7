using System.Net;
using System.Net.Http.Headers;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>A request for a certificate whose body begins and never ends.</summary>
internal sealed class SlowRequest : IDisposable
{
    private readonly HttpClient _client;
    private readonly Uri _address;

    public SlowRequest(IPEndPoint address)
    {
        _address = new($"https://{address}/mesh.identity.v1.IdentityService/Certify");
        _client = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } });
    }

    public Task SendAsync(CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new EndlessContent(),
        };
        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public void Dispose() => _client.Dispose();

    private sealed class EndlessContent : HttpContent
    {
        public EndlessContent() => Headers.ContentType = new MediaTypeHeaderValue("application/grpc");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            // A message of 1,000 bytes, of which the first comes.
            await stream.WriteAsync(new byte[] { 0, 0, 0, 3, 232, 10 }, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
