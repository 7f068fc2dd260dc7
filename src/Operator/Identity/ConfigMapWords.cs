using System.Text.Json;
using k8s;
using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>Replicas leave word in a ConfigMap that they share, an entry each.</summary>
internal sealed class ConfigMapWords(IKubernetes kubernetes, OperatorIdentity self) : IReplicaWords
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    private readonly SharedConfigMap _map = new(kubernetes, self.Namespace, IdentityNames.ProgressConfigMap);

    public async Task<IReadOnlyDictionary<string, TrustWord>> ReadAsync(CancellationToken cancellationToken) =>
        await _map.FindAsync(cancellationToken) is { Data: { } data } ? data.ToDictionary(entry => entry.Key, entry => Read(entry.Value)) : [];

    public Task SayAsync(string replica, TrustWord word, CancellationToken cancellationToken) => _map.ChangeAsync(map =>
    {
        var said = (map.Data ?? new Dictionary<string, string>()).Where(entry => Read(entry.Value).Anchors == word.Anchors).ToDictionary();
        said[replica] = JsonSerializer.Serialize(word, Format);
        map.Data = said;
    }, cancellationToken);

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
