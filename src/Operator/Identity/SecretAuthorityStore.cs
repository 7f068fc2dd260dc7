using System.Net;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>Keeps the authority in a Secret that all replicas share; of those that write at once the first wins.</summary>
internal sealed class SecretAuthorityStore(IKubernetes kubernetes, OperatorIdentity self) : IAuthorityStore
{
    private const string Entry = "authority.json";

    public string Name => $"Secret {self.Namespace}/{IdentityNames.Secret}";

    public async Task<StoredAuthority> ReadAsync(CancellationToken cancellationToken)
    {
        var secret = await FindAsync(IdentityNames.Secret, cancellationToken);
        var brought = await FindAsync(IdentityNames.BroughtSecret, cancellationToken);
        var text = secret?.Data is { } data && data.TryGetValue(Entry, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;
        var request = secret?.Metadata.Annotations is { } annotations && annotations.TryGetValue(IdentityNames.RotateAnnotation, out var value) ? value : null;
        return new(text is null ? null : AuthorityRecord.Parse(text), secret?.Metadata.ResourceVersion, request, brought is null ? null : Brought(brought));
    }

    public async Task<bool> TryWriteAsync(AuthorityRecord record, string? version, CancellationToken cancellationToken)
    {
        try
        {
            if (version is null)
            {
                var secret = new V1Secret { Metadata = new V1ObjectMeta { Name = IdentityNames.Secret, NamespaceProperty = self.Namespace }, Type = "Opaque", Data = Data(record) };
                await kubernetes.CoreV1.CreateNamespacedSecretAsync(secret, self.Namespace, cancellationToken: cancellationToken);
                return true;
            }
            // Whole, with labels and annotations that are a person's, and with the version that was read: another replica's writing is not undone.
            var existing = await kubernetes.CoreV1.ReadNamespacedSecretAsync(IdentityNames.Secret, self.Namespace, cancellationToken: cancellationToken);
            if (existing.Metadata.ResourceVersion != version) return false;
            existing.Data = Data(record);
            await kubernetes.CoreV1.ReplaceNamespacedSecretAsync(existing, IdentityNames.Secret, self.Namespace, cancellationToken: cancellationToken);
            return true;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    public async Task PublishAsync(AuthorityRecord record, CancellationToken cancellationToken)
    {
        var published = new Dictionary<string, string> { [IdentityNames.AnchorsEntry] = record.AnchorsPem(), [IdentityNames.IssuerEntry] = record.IssuerPem() };
        try
        {
            var existing = await kubernetes.CoreV1.ReadNamespacedConfigMapAsync(IdentityNames.AnchorsConfigMap, self.Namespace, cancellationToken: cancellationToken);
            if (existing.Data is { Count: 2 } data && published.All(data.Contains)) return;
            existing.Data = published;
            await kubernetes.CoreV1.ReplaceNamespacedConfigMapAsync(existing, IdentityNames.AnchorsConfigMap, self.Namespace, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            var map = new V1ConfigMap
            {
                Metadata = new V1ObjectMeta { Name = IdentityNames.AnchorsConfigMap, NamespaceProperty = self.Namespace },
                Data = published,
            };
            await kubernetes.CoreV1.CreateNamespacedConfigMapAsync(map, self.Namespace, cancellationToken: cancellationToken);
        }
    }

    private static Dictionary<string, byte[]> Data(AuthorityRecord record) => new() { [Entry] = Encoding.UTF8.GetBytes(record.ToString()) };

    private static BroughtIssuer? Brought(V1Secret secret) =>
        secret.Data is { } data && data.TryGetValue("tls.crt", out var certificates) && data.TryGetValue("tls.key", out var key) && data.TryGetValue(IdentityNames.AnchorsEntry, out var anchors)
            ? new(Encoding.ASCII.GetString(certificates), Encoding.ASCII.GetString(key), Encoding.ASCII.GetString(anchors))
            : null;

    private async Task<V1Secret?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await kubernetes.CoreV1.ReadNamespacedSecretAsync(name, self.Namespace, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
