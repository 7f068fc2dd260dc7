namespace Mesh.Operator.Sources;

/// <summary>How a kind is followed.</summary>
internal sealed record InformerOptions
{
    /// <summary>Objects in a page of a list. Default: 500, as kubectl's.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>
    /// What the API server is asked to end a watch after, with up to as much again at random, so that watches don't all end at once.
    /// Default: 5 min, the shortest that client-go asks for.
    /// </summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a watch may say nothing before it is taken for dead. Default: 150 s; a bookmark comes every minute, so two went missing.
    /// </summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>
    /// What everything is listed again after, with up to a tenth of it more, in case an event went missing where nothing else would
    /// tell. Default: 1 h.
    /// </summary>
    public TimeSpan RelistInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The upper end of the first wait after a failure; it doubles with each that follows. Default: 200 ms.</summary>
    public TimeSpan BackOffBase { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The upper end of all waits after failures. Default: 5 s: a mesh has a few replicas, and changes wait for them.</summary>
    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromSeconds(5);
}
