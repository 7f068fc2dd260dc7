namespace Mesh.Operator.Discovery;

/// <summary>Where one stream is with what holds for its pod. Guarded by its <see cref="WorkloadTable"/>.</summary>
internal sealed class StreamWorkload
{
    /// <summary>What holds; null until the state is synced.</summary>
    public WorkloadVersion? Current { get; set; }

    /// <summary>The newest has not been sent.</summary>
    public bool IsPending { get; set; }

    /// <summary>What the proxy has been sent last.</summary>
    public WorkloadVersion? Sent { get; set; }

    /// <summary>What the proxy decides by.</summary>
    public WorkloadVersion? Acknowledged { get; set; }

    /// <summary>Why the proxy can't use what was sent last; null where it can, or has not said.</summary>
    public string? Refusal { get; set; }
}
