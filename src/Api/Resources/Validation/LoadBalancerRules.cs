namespace Mesh.Api.Resources.Validation;

/// <summary>One thing to hash, for those algorithms that do.</summary>
internal static class LoadBalancerRules
{
    public static IEnumerable<FieldError> Check(string path, LoadBalancerSettings loadBalancer) =>
    [
        .. loadBalancer is { Algorithm: Algorithm.RingHash or Algorithm.Maglev, Hash: null } ? HashMissing(path, loadBalancer.Algorithm.Value) : [],
        .. loadBalancer.Hash is { } hash ? Hash($"{path}.hash", hash) : [],
        .. FieldRules.Range($"{path}.slowStart", loadBalancer.SlowStart),
    ];

    private static IEnumerable<FieldError> HashMissing(string path, Algorithm algorithm) =>
        [new($"{path}.hash", null, $"header, cookie or caller, which {algorithm} goes by")];

    private static IEnumerable<FieldError> Hash(string path, HashSettings hash)
    {
        string[] given = [.. hash.Header is null ? [] : new[] { "header" }, .. hash.Cookie is null ? [] : new[] { "cookie" }, .. hash.Caller is null ? [] : new[] { "caller" }];
        if (given.Length != 1) yield return new(path, given.Length == 0 ? null : string.Join(" and ", given), "exactly one of header, cookie and caller");
    }
}
