namespace Mesh.Api.Resources.Validation;

/// <summary>What rules of several families ask of a field.</summary>
internal static class FieldRules
{
    private static readonly MeshDuration Shortest = new(TimeSpan.FromMilliseconds(1));
    private static readonly MeshDuration Longest = new(TimeSpan.FromHours(1));

    public static IEnumerable<FieldError> Range(string path, MeshDuration? duration)
    {
        if (duration < Shortest || duration > Longest) yield return new(path, duration.ToString(), $"from {Shortest} to {Longest}");
    }

    public static IEnumerable<FieldError> AtMost(string path, MeshDuration? duration, string limitPath, MeshDuration? limit)
    {
        if (duration > limit) yield return new(path, duration.ToString(), $"at most {limitPath} ({limit})");
    }

    public static IEnumerable<FieldError> Unique<T>(string path, IReadOnlyList<T>? items) where T : notnull
    {
        var seen = new HashSet<T>();
        for (var i = 0; i < items?.Count; i++)
        {
            if (!seen.Add(items[i])) yield return new(FieldPath.Append(path, i), $"{items[i]} a second time", "each only once");
        }
    }

    /// <summary>The rules of each item, which is told by its index.</summary>
    public static IEnumerable<FieldError> Each<T>(string path, IReadOnlyList<T>? items, Func<string, T, IEnumerable<FieldError>> rules) =>
        (items ?? []).SelectMany((item, i) => rules(FieldPath.Append(path, i), item));
}
