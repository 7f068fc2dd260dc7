using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Check;

internal static class WebhookChecks
{
    private const string Category = "Webhooks and certificates";
    private const string WebhookSecret = "mesh-webhook-certificate";
    private const string AnchorsConfigMap = "mesh-trust-anchors";

    private static readonly string[] Configurations = ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"];

    // Both are renewed by the operator long before: what is as near as this, nobody renews.
    private static readonly TimeSpan Near = TimeSpan.FromDays(21);

    public static IEnumerable<HealthCheck> All { get; } =
    [
        new(Category, "the API server knows the webhooks", "helm upgrade, meshctl install, or kubectl apply -k config/operator", Configured),
        new(Category, "and trusts them", "The operator writes it: kubectl -n mesh-system logs deployment/mesh-operator | grep -i webhook", Trusted),
        new(Category, "an operator that is away keeps no pods from being created", "With failurePolicy Fail run two replicas at least: values-ha.yaml", Available),
        new(Category, "the webhooks' certificate is valid", "The operator renews it: is it running, may it write Secrets? kubectl -n mesh-system logs deployment/mesh-operator", WebhookCertificate),
        new(Category, "the mesh's trust anchors are valid", "meshctl identity rotate: docs/operations.md#rotate", TrustAnchors),
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
            ? Expiry(mesh.Now, Encoding.ASCII.GetString(Convert.FromBase64String(secret.Text("data", "tls.crt"))))
            : Verdict.Skipped($"there is no Secret {mesh.Namespace}/{WebhookSecret}: somebody else brings the certificate, or the operator has yet to make it");

    private static Verdict TrustAnchors(MeshView mesh) =>
        mesh.Cluster.Find("configmap", AnchorsConfigMap, mesh.Namespace)?["data"] is JsonObject { Count: > 0 } data
            ? Expiry(mesh.Now, string.Concat(data.Select(entry => entry.Value.Text())))
            : Verdict.Skipped($"there is no ConfigMap {mesh.Namespace}/{AnchorsConfigMap}: sidecars have no identities, or the operator has yet to make them");

    // The last of several: while anchors overlap, the older may end.
    private static Verdict Expiry(DateTimeOffset now, string pem)
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
        var end = certificates.Max(certificate => certificate.NotAfter.ToUniversalTime());
        foreach (var certificate in certificates) certificate.Dispose();
        var left = end - now.UtcDateTime;
        return left <= TimeSpan.Zero ? Verdict.Failed($"it ended {end:u}")
            : left < Near ? Verdict.Warning($"it ends {end:u}")
            : Verdict.Ok($"until {end:yyyy-MM-dd}");
    }
}
