namespace Mesh.ChaosService;

/// <summary>What the service is like, and what is wrong with it; as it stands here, nothing.</summary>
internal sealed record Switches
{
    /// <summary>How long a request takes it, in milliseconds.</summary>
    public int WorkMs { get; init; } = 10;

    /// <summary>How many requests it works on at a time; the others wait, in order. 0: any number.</summary>
    public int Places { get; init; }

    /// <summary>Nobody listens on its port.</summary>
    public bool Refuse { get; init; }

    /// <summary>It takes requests and never answers.</summary>
    public bool Hang { get; init; }

    /// <summary>The share of requests, 0 to 1, that it answers with <see cref="FailStatus"/> before it has done any work.</summary>
    public double FailShare { get; init; }

    /// <summary>The status of what fails.</summary>
    public int FailStatus { get; init; } = StatusCodes.Status500InternalServerError;

    /// <summary>It sends half of an answer's body and closes the connection.</summary>
    public bool BreakBody { get; init; }

    /// <summary>The service that it needs for an answer; null: none.</summary>
    public Dependency? Dependency { get; init; }
}
