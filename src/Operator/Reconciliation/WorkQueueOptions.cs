namespace Mesh.Operator.Reconciliation;

/// <summary>How often keys are worked on.</summary>
internal sealed record WorkQueueOptions
{
    /// <summary>From one start of work on a key to the next. Default: 200 ms, so that a change shows within a blink and a storm is five writes a second.</summary>
    public TimeSpan MinInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The wait after a first failure; it doubles with each that follows. Default: 100 ms.</summary>
    public TimeSpan BackOffBase { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait after failures. Default: 30 s.</summary>
    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromSeconds(30);
}
