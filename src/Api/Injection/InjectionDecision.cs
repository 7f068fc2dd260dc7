namespace Mesh.Api.Injection;

/// <summary>What becomes of a pod at admission.</summary>
public abstract record InjectionDecision
{
    private InjectionDecision()
    {
    }

    /// <summary>The pod gets a sidecar: these operations, in order, put it there.</summary>
    /// <param name="Patch">A JSON patch (RFC 6902).</param>
    /// <param name="Warnings">What whoever creates the pod should know.</param>
    public sealed record Inject(IReadOnlyList<JsonPatchOperation> Patch, IReadOnlyList<string> Warnings) : InjectionDecision;

    /// <summary>The pod stays as it is.</summary>
    /// <param name="Reason">Why, as a sentence for the audit log.</param>
    /// <param name="AgainstTheWish">A sidecar was asked for: whoever creates the pod is told.</param>
    public sealed record LeaveAlone(string Reason, bool AgainstTheWish = false) : InjectionDecision;

    /// <summary>The pod is refused: it can't be understood, or can't be in the mesh as it is.</summary>
    /// <param name="Reasons">Each names the field or annotation, what was found and what is allowed.</param>
    public sealed record Deny(IReadOnlyList<string> Reasons) : InjectionDecision
    {
        /// <summary>All of them.</summary>
        public string Reason => string.Join("; ", Reasons);
    }
}
