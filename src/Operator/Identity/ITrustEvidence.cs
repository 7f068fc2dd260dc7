namespace Mesh.Operator.Identity;

/// <summary>Whether it is known of every proxy that it trusts the anchors of now. Where it is not, a rotation lets time pass instead.</summary>
internal interface ITrustEvidence
{
    bool IsComplete();
}
