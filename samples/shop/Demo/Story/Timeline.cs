namespace Shop.Demo.Story;

/// <summary>The story: what breaks and heals when.</summary>
internal static class Timeline
{
    /// <summary>Shorter, and a replica that was killed isn't back before the next thing breaks.</summary>
    public static readonly TimeSpan ShortestCycle = TimeSpan.FromSeconds(20);

    /// <summary>How long the story takes where the demo goes on until Ctrl-C, telling it again and again.</summary>
    public static readonly TimeSpan DefaultCycle = TimeSpan.FromSeconds(60);

    private static readonly (string Title, Breakage Breakage, double Share)[] Story =
    [
        ("all is well", Breakage.None, 0.10),
        ("one catalog replica of three gone", Breakage.CatalogReplicaGone, 0.20),
        ("the replica is back", Breakage.None, 0.12),
        ("one catalog replica takes 3 s", Breakage.CatalogReplicaSlow, 0.20),
        ("it is fast again", Breakage.None, 0.08),
        ("one payments reply in five fails", Breakage.PaymentsFail, 0.22),
        ("all is well again", Breakage.None, 0.08),
    ];

    /// <summary>The scenes in order, without a gap, over the length of a cycle.</summary>
    public static IReadOnlyList<Scene> Over(TimeSpan cycle)
    {
        var scenes = new List<Scene>();
        var start = TimeSpan.Zero;
        foreach (var (title, breakage, share) in Story)
        {
            scenes.Add(new(title, breakage, start, cycle * share));
            start += cycle * share;
        }
        return scenes;
    }
}
