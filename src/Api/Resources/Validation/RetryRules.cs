namespace Mesh.Api.Resources.Validation;

/// <summary>Nothing named twice, a first wait within the longest.</summary>
internal static class RetryRules
{
    public static IEnumerable<FieldError> Check(string path, RetrySettings retries) =>
    [
        .. retries.NamesOnTwice ? OnTwice(path) : [],
        .. FieldRules.Unique($"{path}.on", retries.On),
        .. FieldRules.Unique($"{path}.statusCodes", retries.StatusCodes),
        .. FieldRules.Unique($"{path}.grpcCodes", retries.GrpcCodes),
        .. FieldRules.Unique($"{path}.methods", retries.Methods),
        .. retries.Backoff is { } backoff ? Backoff($"{path}.backoff", backoff) : [],
    ];

    private static IEnumerable<FieldError> OnTwice(string path) =>
        [new($"{path}.true", "the same field as on, which is given too", "only one of the two")];

    private static IEnumerable<FieldError> Backoff(string path, BackoffSettings backoff) =>
    [
        .. FieldRules.Range($"{path}.base", backoff.Base),
        .. FieldRules.Range($"{path}.max", backoff.Max),
        .. FieldRules.AtMost($"{path}.base", backoff.Base, $"{path}.max", backoff.Max),
    ];
}
