using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>Replicas leave word in a ConfigMap that they share, an entry each.</summary>
internal sealed class ConfigMapWords(IKubernetes kubernetes, OperatorIdentity self) : IReplicaWords
{
    // Others write at the same time: who was slower reads and writes again.
    private const int Tries = 8;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    public async Task<IReadOnlyDictionary<string, TrustWord>> ReadAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken) is { Data: { } data } ? data.ToDictionary(entry => entry.Key, entry => Read(entry.Value)) : [];

    public async Task SayAsync(string replica, TrustWord word, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await WriteAsync(await FindAsync(cancellationToken), replica, word, cancellationToken);
                return;
            }
            catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict && tries < Tries)
            {
                // Read again.
            }
        }
    }

    private async Task WriteAsync(V1ConfigMap? map, string replica, TrustWord word, CancellationToken cancellationToken)
    {
        var said = (map?.Data ?? new Dictionary<string, string>()).Where(entry => Read(entry.Value).Anchors == word.Anchors).ToDictionary();
        said[replica] = JsonSerializer.Serialize(word, Format);
        if (map is null)
        {
            map = new() { Metadata = new() { Name = IdentityNames.ProgressConfigMap, NamespaceProperty = self.Namespace }, Data = said };
            await kubernetes.CoreV1.CreateNamespacedConfigMapAsync(map, self.Namespace, cancellationToken: cancellationToken);
            return;
        }
        map.Data = said;
        await kubernetes.CoreV1.ReplaceNamespacedConfigMapAsync(map, IdentityNames.ProgressConfigMap, self.Namespace, cancellationToken: cancellationToken);
    }

    private async Task<V1ConfigMap?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await kubernetes.CoreV1.ReadNamespacedConfigMapAsync(IdentityNames.ProgressConfigMap, self.Namespace, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    // What can't be read is said of no anchors.
    private static TrustWord Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TrustWord>(text, Format) ?? Nothing;
        }
        catch (JsonException)
        {
            return Nothing;
        }
    }

    private static TrustWord Nothing { get; } = new("", "", 0, 0);
}
