using System.Diagnostics.Metrics;
using Mesh.Proxy.Identity;

namespace Mesh.Proxy.Telemetry;

/// <summary>The instruments of this proxy's identity. <c>docs/reference/metrics.md</c> lists what they come out as.</summary>
internal sealed class IdentityMetrics
{
    /// <param name="meters">Makes the meter.</param>
    /// <param name="store">What is measured.</param>
    /// <param name="client">Who renews; null in a proxy without identity, which has none of these.</param>
    public IdentityMetrics(IMeterFactory meters, CredentialStore store, IdentityClient? client = null)
    {
        if (client is null) return;
        var meter = meters.Create(ProxyMetrics.MeterName);
        meter.CreateObservableGauge("mesh_certificate_expiration_timestamp", () => Ends(store.Current), "s", "When this proxy's certificate ends, in Unix time.");
        meter.CreateObservableGauge("mesh_trust_anchor_expiration_timestamp", () => AnchorsEnd(store.Current), "s", "When the trust anchor that ends first does, in Unix time.");
        meter.CreateObservableCounter("mesh_certificate_requests", () => Requests(client), description: "Certificates asked for, by whether there was one.");
    }

    private static IEnumerable<Measurement<long>> Ends(Credentials? credentials)
    {
        if (credentials is not null) yield return new(credentials.Ends.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("identity", credentials.Id.ToString()));
    }

    private static IEnumerable<Measurement<long>> AnchorsEnd(Credentials? credentials)
    {
        if (credentials is not null) yield return new(new DateTimeOffset(credentials.Trust.Anchors.Min(anchor => anchor.NotAfter).ToUniversalTime()).ToUnixTimeSeconds());
    }

    private static IEnumerable<Measurement<long>> Requests(IdentityClient client)
    {
        yield return new(client.Renewals, new KeyValuePair<string, object?>("outcome", "certified"));
        yield return new(client.Failures, new KeyValuePair<string, object?>("outcome", "failed"));
    }
}
