using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Operator.Reconciliation;

/// <summary>What a replica says of all policies at once: those it doesn't name it doesn't know, or can't use.</summary>
/// <param name="Beat">Another with every saying: what is said no more is heard no more.</param>
/// <param name="Counts">By the policy's <see cref="EntityKey"/> as text.</param>
internal sealed record ReplicaWord(long Beat, IReadOnlyDictionary<string, ReplicaCount> Counts)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.Fastest)) JsonSerializer.Serialize(packed, this, Format);
        return bytes.ToArray();
    }

    /// <returns>Null where it can't be read, as one of a later version may not.</returns>
    public static ReplicaWord? Read(byte[] bytes)
    {
        try
        {
            using var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            return JsonSerializer.Deserialize<ReplicaWord>(packed, Format) is { Counts: not null } word ? word : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            return null;
        }
    }
}
