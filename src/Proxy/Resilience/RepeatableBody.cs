namespace Mesh.Proxy.Resilience;

/// <summary>Readies a request's body for being sent more than once. The forwarder's own can be read only once.</summary>
internal static class RepeatableBody
{
    /// <summary>In bytes. Larger bodies are not kept: an upload's memory would be paid for every request, for the sake of the few retried.</summary>
    public const int LargestKept = 64 * 1024;

    /// <summary>
    /// Has a body recorded, up to <see cref="LargestKept"/> bytes, where the rules could want it again. One that is known to be
    /// larger is not, but <see cref="CanRepeat"/> then knows whether it was begun.
    /// </summary>
    /// <returns>The recorded body; null where there is none.</returns>
    public static RecordedContent? Prepare(HttpRequestMessage request, RetryRules rules)
    {
        if (request.Content is not { } content || !rules.MayRepeatBodyOf(request)) return null;
        if (content.Headers.ContentLength > LargestKept)
        {
            request.Content = new StreamedContent(content);
            return null;
        }
        var recorded = new RecordedContent(content, multiplexed: request.Version.Major >= 2);
        request.Content = recorded;
        return recorded;
    }

    /// <summary>Says whether the body, as it is now, can be sent from its beginning.</summary>
    /// <param name="request">Whose body was prepared.</param>
    /// <param name="answered">Whether there was an answer. Without one, a body that was not prepared is repeated after connect failures only, and those come before its first byte.</param>
    public static bool CanRepeat(HttpRequestMessage request, bool answered) => request.Content switch
    {
        StreamedContent streamed => !streamed.Started,
        RecordedContent recorded => recorded.CanRepeat,
        null or ByteArrayContent => true,
        _ => !answered,
    };
}
