namespace Mesh.Api.Resources.Validation;

/// <summary>Durations that a timer takes.</summary>
internal static class RateLimitRules
{
    public static IEnumerable<FieldError> Check(string path, RateLimitSettings rateLimit) =>
    [
        .. FieldRules.Range($"{path}.total.per", rateLimit.Total?.Per),
        .. FieldRules.Range($"{path}.caller.per", rateLimit.Caller?.Per),
        .. FieldRules.Range($"{path}.header.per", rateLimit.Header?.Per),
    ];
}
