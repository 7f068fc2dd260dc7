using System.Security.Cryptography;
using System.Text;

namespace Mesh.Operator.Identity;

/// <summary>
/// A set of pods in 32 bytes, whatever their number: the exclusive or of hashes of their names. Those of disjoint sets combine to that
/// of all; who is in two of them is in none, so that what doesn't add up is never taken for everybody.
/// </summary>
/// <param name="salt">Nobody who chooses names knows it beforehand, so that none can be chosen to stand for others.</param>
internal sealed class NameDigest(string salt)
{
    private readonly byte[] _sum = new byte[SHA256.HashSizeInBytes];

    public void Add(string name) => Add(_sum, SHA256.HashData(Encoding.UTF8.GetBytes($"{salt} {name}")));

    /// <exception cref="FormatException">One is no digest.</exception>
    public static string Combine(IEnumerable<string> digests)
    {
        var sum = new byte[SHA256.HashSizeInBytes];
        foreach (var digest in digests) Add(sum, Convert.FromHexString(digest));
        return Convert.ToHexStringLower(sum);
    }

    public override string ToString() => Convert.ToHexStringLower(_sum);

    private static void Add(byte[] sum, byte[] other)
    {
        if (other.Length != sum.Length) throw new FormatException($"found {other.Length} bytes, expected {sum.Length}");
        for (var i = 0; i < sum.Length; i++) sum[i] ^= other[i];
    }
}
