using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.Sources;

/// <summary>A file of manifests: what it says, and of what it no longer says readably, what it said last.</summary>
internal sealed record ManifestFileState
{
    public required string Path { get; init; }

    public required string Text { get; init; }

    /// <summary>Time of change and size: where they are the same, the text most likely is.</summary>
    public required (DateTime Changed, long Size) Stamp { get; init; }

    /// <summary>The newest good version of each object that the file defines; of an AuthorizationPolicy that is refused, its targets.</summary>
    public required IReadOnlyDictionary<ObjectKey, IKubernetesObject<V1ObjectMeta>> LastGood { get; init; }

    /// <summary>Objects of which the newest version can't be used, with what is wrong.</summary>
    public required IReadOnlyDictionary<ObjectKey, IReadOnlyList<string>> Refused { get; init; }

    public required IReadOnlyList<ManifestError> Errors { get; init; }

    /// <summary>Where the file defines each object.</summary>
    public IReadOnlyDictionary<ObjectKey, int> Lines { get; init; } = new Dictionary<ObjectKey, int>();

    /// <summary>The file was found empty once, and is believed when it is found so again.</summary>
    public bool IsSuspect { get; init; }

    public static ManifestFileState Read(string path, string text, (DateTime, long) stamp, ManifestFileState? before)
    {
        var file = ManifestReader.Read(path, text);
        // Of a policy that can't be read, what it applies to is its newest version: nothing before it stays at work.
        var good = file.Objects.Concat(file.Unreadable).ToDictionary(Key);
        var refused = file.Refused.Distinct().ToDictionary(key => key, key => Messages(file, key));
        var unidentified = file.Errors.Where(error => error.Object is null).Select(error => error.ToString()).ToList();
        foreach (var (key, last) in before?.LastGood ?? new Dictionary<ObjectKey, IKubernetesObject<V1ObjectMeta>>())
        {
            if (refused.ContainsKey(key))
            {
                good.TryAdd(key, last);
            }
            else if (!file.IsComplete && good.TryAdd(key, last))
            {
                refused.Add(key, unidentified);
            }
        }
        return new() { Path = path, Text = text, Stamp = stamp, LastGood = good, Refused = refused, Errors = file.Errors, Lines = file.Lines };
    }

    /// <summary>The file is there and can't be read: what it said last holds.</summary>
    public static ManifestFileState Unreadable(string path, string reason, ManifestFileState? before)
    {
        var error = new ManifestError(path, 1, null, $"the file can't be read: {reason}");
        return before is not null && before.Errors.SequenceEqual([error])
            ? before
            : new()
            {
                Path = path,
                Text = "",
                Stamp = default,
                LastGood = before?.LastGood ?? new Dictionary<ObjectKey, IKubernetesObject<V1ObjectMeta>>(),
                Refused = new Dictionary<ObjectKey, IReadOnlyList<string>>(),
                Errors = [error],
            };
    }

    private static ObjectKey Key(IKubernetesObject<V1ObjectMeta> resource) =>
        new(resource.Kind, resource.Metadata.NamespaceProperty ?? "", resource.Metadata.Name);

    private static IReadOnlyList<string> Messages(ManifestFile file, ObjectKey key) =>
        [.. file.Errors.Where(error => error.Object == key.ToString()).Select(error => error.Message)];
}
