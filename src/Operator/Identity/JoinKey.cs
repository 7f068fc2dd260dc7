using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>What a standalone operator's proxies prove themselves with: whoever can read its file is believed.</summary>
internal sealed class JoinKey
{
    private readonly Lazy<byte[]> _bytes;

    /// <param name="folder">Where its file is; it is made on first use.</param>
    public JoinKey(IdentityFolder folder) => _bytes = new(() => Read(folder));

    public byte[] Bytes => _bytes.Value;

    private static byte[] Read(IdentityFolder folder)
    {
        if (folder.Read(IdentityFiles.JoinKey) is not { } text)
        {
            text = LocalToken.NewKey() + "\n";
            folder.Write(IdentityFiles.JoinKey, text, isSecret: true);
        }
        return LocalToken.TryReadKey(text, out var key)
            ? key
            : throw new InvalidDataException($"{folder.PathOf(IdentityFiles.JoinKey)}: found something else than a join key; delete it, and another is made");
    }
}
