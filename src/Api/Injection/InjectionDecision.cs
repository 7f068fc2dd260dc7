namespace Mesh.Api.Injection;

/// <summary>What becomes of a pod at admission.</summary>
public abstract record InjectionDecision
{
    private InjectionDecision()
    {
    }

    /// <summary>The pod gets a sidecar: these operations, in order, put it there.</summary>
    public sealed record Inject(IReadOnlyList<JsonPatchOperation> Patch) : InjectionDecision;

    /// <summary>The pod stays as it is.</summary>
    /// <param name="Reason">Why, as a sentence for the audit log.</param>
    /// <param name="AgainstTheWish">A sidecar was asked for: whoever creates the pod is told.</param>
    public sealed record LeaveAlone(string Reason, bool AgainstTheWish = false) : InjectionDecision;

    /// <summary>The pod can't be understood and is refused.</summary>
    public sealed record Deny(string Reason) : InjectionDecision;
}
