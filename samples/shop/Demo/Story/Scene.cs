namespace Shop.Demo.Story;

/// <summary>A stretch of the story in which one thing is wrong, or nothing.</summary>
internal sealed record Scene(string Title, Breakage Breakage, TimeSpan Start, TimeSpan Length);
