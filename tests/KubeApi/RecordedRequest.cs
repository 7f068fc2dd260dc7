namespace Mesh.KubeApi;

/// <summary>A request that the server got. Its query is with its question mark, or empty.</summary>
public sealed record RecordedRequest(string Method, string Path, string Query, string UserAgent)
{
    /// <summary>Whether it opens a watch.</summary>
    public bool IsWatch => Query.Contains("watch=true", StringComparison.Ordinal) || Query.Contains("watch=1", StringComparison.Ordinal);
}
