using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.Api.Identity;
using Mesh.Bench.Peers;
using Mesh.Rig;
using Mesh.Rig.Traffic;

namespace Mesh.Bench.Load;

/// <summary>Requests for certificates: bad ones in closed loops, as fast as they are answered, and a good one every now and then.</summary>
internal sealed class CertifyLoad(IdentityPeer peer, TimeProvider time)
{
    private const int Connections = 16;
    private const int PerConnection = 8;
    private const string Served = "0";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // UNAUTHENTICATED, INVALID_ARGUMENT, RESOURCE_EXHAUSTED.
    private static readonly string[] Refusals = ["16", "3", "8"];

    private readonly ByteString _signingRequest = NewSigningRequest();
    private int _pods;

    /// <summary>Good requests, each of another pod.</summary>
    /// <returns>How many there were, how many got a certificate, and how long each of these took.</returns>
    public async Task<(long Asked, long Got, LatencyHistogram Latency)> AskAsync(TimeSpan length, CancellationToken stop)
    {
        using var client = peer.NewClient();
        var latency = new LatencyHistogram();
        var (asked, got, began) = (0L, 0L, time.GetTimestamp());
        while (time.GetElapsedTime(began) < length)
        {
            var sent = time.GetTimestamp();
            asked++;
            if (await IsServedAsync(client, stop))
            {
                got++;
                latency.Record(time.GetElapsedTime(sent));
            }
            await Task.Delay(Interval, time, stop);
        }
        return (asked, got, latency);
    }

    /// <summary>Bad requests: tokens that are none, tokens made with another key, signing requests that are none.</summary>
    /// <returns>How many were refused.</returns>
    public async Task<long> FloodAsync(TimeSpan length, CancellationToken stop)
    {
        var refused = 0L;
        var began = time.GetTimestamp();
        var clients = Enumerable.Range(0, Connections).Select(_ => peer.NewClient()).ToList();
        await Task.WhenAll(clients.SelectMany(client => Enumerable.Range(0, PerConnection).Select(number => Task.Run(() => LoopAsync(client, Bad(number)), stop))));
        foreach (var client in clients) client.Dispose();
        return refused;

        async Task LoopAsync(HttpClient client, CertifyRequest request)
        {
            while (time.GetElapsedTime(began) < length)
            {
                var status = await IdentityPeer.AskAsync(client, request, stop);
                if (!Refusals.Contains(status)) throw new RigFailedException($"a bad request was answered with status {status ?? "none"}");
                Interlocked.Increment(ref refused);
            }
        }
    }

    private async Task<bool> IsServedAsync(HttpClient client, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        var request = new CertifyRequest { Token = Token(peer.JoinKey, $"frontend-{++_pods}"), SigningRequest = _signingRequest };
        try
        {
            return await IdentityPeer.AskAsync(client, request, either.Token) == Served;
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    private CertifyRequest Bad(int number) => (number % 4) switch
    {
        0 => new() { Token = Token(peer.JoinKey, "frontend-0"), SigningRequest = ByteString.CopyFrom(1, 2, 3) },
        1 => new() { Token = Token(RandomNumberGenerator.GetBytes(peer.JoinKey.Length), "frontend-0"), SigningRequest = _signingRequest },
        _ => new() { Token = $"garbage-{number}", SigningRequest = _signingRequest },
    };

    private string Token(byte[] key, string pod) => new LocalToken("shop", "frontend", pod).Sign(key, time.GetUtcNow());

    private static ByteString NewSigningRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return ByteString.CopyFrom(new CertificateRequest("", key, HashAlgorithmName.SHA256).CreateSigningRequest());
    }
}
