using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Api.Identity;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Check;

internal static class WebhookChecks
{
    private const string Category = "Webhooks and certificates";
    private const string WebhookSecret = "mesh-webhook-certificate";

    private static readonly string[] Configurations = ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"];

    // Both are renewed by the operator long before: what is as near as this, nobody renews.
    private static readonly TimeSpan Near = TimeSpan.FromDays(21);

    // The operator's own is renewed ten days before its end; of a shorter life, as of one that was brought, the last quarter is near.
    private static readonly TimeSpan IssuerNear = TimeSpan.FromDays(7);

    public static IEnumerable<HealthCheck> All { get; } =
    [
        new(Category, "the API server knows the webhooks", "helm upgrade, meshctl install, or kubectl apply -k config/operator", Configured),
        new(Category, "and trusts them", "The operator writes it: kubectl -n mesh-system logs deployment/mesh-operator | grep -i webhook", Trusted),
        new(Category, "an operator that is away keeps no pods from being created", "With failurePolicy Fail run two replicas at least: values-ha.yaml", Available),
        new(Category, "the webhooks' certificate is valid", "The operator renews it: is it running, may it write Secrets? kubectl -n mesh-system logs deployment/mesh-operator", WebhookCertificate),
        new(Category, "the mesh's trust anchors are valid", "meshctl identity rotate: docs/operations.md#rotate", TrustAnchors),
        new(Category, "the mesh's issuer is valid", "The operator renews its own: kubectl -n mesh-system logs deployment/mesh-operator. One that you brought, you renew: docs/identity.md.", Issuer),
    ];

    private static Verdict Configured(MeshView mesh)
    {
        string[] missing = [.. Configurations.Where(kind => mesh.Cluster.Find(kind, "mesh-operator") is null)];
        return Verdict.NoneOf([.. missing.Select(kind => $"found no {kind} mesh-operator")], CheckOutcome.Failed);
    }

    private static Verdict Trusted(MeshView mesh)
    {
        var certificate = mesh.Cluster.Find("secret", WebhookSecret, mesh.Namespace).Text("data", "ca.crt");
        return Verdict.NoneOf(
        [
            .. from kind in Configurations
               from webhook in mesh.Cluster.Find(kind, "mesh-operator").Objects("webhooks")
               let bundle = webhook.Text("clientConfig", "caBundle")
               where bundle.Length == 0 || (certificate.Length > 0 && bundle != certificate)
               select bundle.Length == 0 ? $"webhook {webhook.Text("name")} has no caBundle" : $"webhook {webhook.Text("name")} trusts another authority than Secret {mesh.Namespace}/{WebhookSecret} has",
        ], CheckOutcome.Failed);
    }

    private static Verdict Available(MeshView mesh)
    {
        var fails = mesh.Cluster.Find("mutatingwebhookconfiguration", "mesh-operator").Objects("webhooks").Any(webhook => webhook.Text("failurePolicy") == "Fail");
        return fails && mesh.Operator.Text("spec", "replicas") is "1" or "0"
            ? Verdict.Warning("found failurePolicy Fail with one replica")
            : Verdict.Ok();
    }

    private static Verdict WebhookCertificate(MeshView mesh) =>
        mesh.Cluster.Find("secret", WebhookSecret, mesh.Namespace) is { } secret
            ? Expiry(mesh.Now, Encoding.ASCII.GetString(Convert.FromBase64String(secret.Text("data", "tls.crt"))), OfTheLast)
            : Verdict.Skipped($"there is no Secret {mesh.Namespace}/{WebhookSecret}: somebody else brings the certificate, or the operator has yet to make it");

    private static Verdict TrustAnchors(MeshView mesh) => Published(mesh, IdentityNames.AnchorsEntry, OfTheLast);

    private static Verdict Issuer(MeshView mesh) => Published(mesh, IdentityNames.IssuerEntry, OfTheFirst);

    private static Verdict Published(MeshView mesh, string entry, Func<X509Certificate2Collection, (DateTime End, TimeSpan Near)> read) =>
        mesh.Cluster.Find("configmap", IdentityNames.AnchorsConfigMap, mesh.Namespace).Text("data", entry) is { Length: > 0 } pem
            ? Expiry(mesh.Now, pem, read)
            : Verdict.Skipped($"there is no ConfigMap {mesh.Namespace}/{IdentityNames.AnchorsConfigMap} with {entry}: sidecars have no identities, or the operator has yet to make them");

    // While anchors overlap, the older may end.
    private static (DateTime End, TimeSpan Near) OfTheLast(X509Certificate2Collection certificates) => (certificates.Max(End), Near);

    // An issuer is worth what leads from it to an anchor.
    private static (DateTime End, TimeSpan Near) OfTheFirst(X509Certificate2Collection certificates)
    {
        var first = certificates.MinBy(End)!;
        var quarter = (End(first) - first.NotBefore.ToUniversalTime()) / 4;
        return (End(first), quarter < IssuerNear ? quarter : IssuerNear);
    }

    private static DateTime End(X509Certificate2 certificate) => certificate.NotAfter.ToUniversalTime();

    private static Verdict Expiry(DateTimeOffset now, string pem, Func<X509Certificate2Collection, (DateTime End, TimeSpan Near)> read)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            return Verdict.Failed($"found no certificate: {exception.Message}");
        }
        if (certificates.Count == 0) return Verdict.Failed("found no certificate");
        var (end, near) = read(certificates);
        foreach (var certificate in certificates) certificate.Dispose();
        var left = end - now.UtcDateTime;
        return left <= TimeSpan.Zero ? Verdict.Failed($"it ended {end:u}")
            : left < near ? Verdict.Warning($"it ends {end:u}")
            : Verdict.Ok($"until {end:yyyy-MM-dd}");
    }
}
