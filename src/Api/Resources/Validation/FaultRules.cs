namespace Mesh.Api.Resources.Validation;

/// <summary>Something to break, for somebody in particular, in one way.</summary>
internal static class FaultRules
{
    public static IEnumerable<FieldError> Check(string path, FaultSettings fault) =>
    [
        .. fault.Delay is null && fault.Abort is null ? Needs(path, "neither delay nor abort", "one of the two, or both") : [],
        .. fault is { Percent: null, Header: null, Identities: null } ? Needs(path, "none of percent, header and identities", "at least one: a fault is never for everybody by accident") : [],
        .. fault.Abort is { } abort ? Abort($"{path}.abort", abort) : [],
        .. FieldRules.Range($"{path}.delay", fault.Delay),
        .. MatchRules.Check(path, fault),
    ];

    private static IEnumerable<FieldError> Needs(string path, string found, string expected) => [new(path, found, expected)];

    private static IEnumerable<FieldError> Abort(string path, AbortSettings abort)
    {
        if (abort.Status is null == abort.GrpcCode is null)
            yield return new(path, abort.Status is null ? "neither status nor grpcCode" : "both status and grpcCode", "exactly one of the two");
    }
}
