namespace Mesh.Proxy.Resilience;

/// <summary>Readies a request's body for being sent more than once. The forwarder's own can be read only once.</summary>
internal static class RepeatableBody
{
    /// <summary>Larger bodies are not kept: an upload's memory would be paid for every request, for the sake of the few retried.</summary>
    public const int LargestKept = 64 * 1024;

    /// <summary>
    /// Keeps a body of at most <see cref="LargestKept"/> bytes where the rules could want it again; otherwise sees to it that
    /// <see cref="CanRepeat"/> knows whether it was begun.
    /// </summary>
    public static async ValueTask PrepareAsync(HttpRequestMessage request, RetryRules rules, CancellationToken cancellationToken)
    {
        if (request.Content is not { } content || !rules.MayRepeatBodyOf(request)) return;
        request.Content = content.Headers.ContentLength is <= LargestKept and var length
            ? await KeepAsync(content, (int)length, cancellationToken)
            : new StreamedContent(content);
    }

    /// <summary>Says whether the body, as it is now, can be sent from its beginning.</summary>
    /// <remarks>A body that was not prepared is repeated after connect failures only, and those come before its first byte.</remarks>
    public static bool CanRepeat(HttpRequestMessage request) => request.Content is not StreamedContent { Started: true };

    private static async Task<HttpContent> KeepAsync(HttpContent content, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        using var buffer = new MemoryStream(bytes);
        await content.CopyToAsync(buffer, cancellationToken);
        var kept = new ByteArrayContent(bytes, 0, (int)buffer.Position);
        foreach (var (name, values) in content.Headers.NonValidated) kept.Headers.TryAddWithoutValidation(name, values);
        return kept;
    }
}
