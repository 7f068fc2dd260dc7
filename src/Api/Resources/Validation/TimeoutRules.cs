namespace Mesh.Api.Resources.Validation;

/// <summary>Durations that a timer takes, an attempt within its request.</summary>
internal static class TimeoutRules
{
    public static IEnumerable<FieldError> Check(string path, TimeoutSettings timeouts) =>
    [
        .. FieldRules.Range($"{path}.request", timeouts.Request),
        .. FieldRules.Range($"{path}.attempt", timeouts.Attempt),
        .. FieldRules.Range($"{path}.connect", timeouts.Connect),
        .. FieldRules.Range($"{path}.idle", timeouts.Idle),
        .. FieldRules.AtMost($"{path}.attempt", timeouts.Attempt, $"{path}.request", timeouts.Request),
    ];
}
