using System.Diagnostics.CodeAnalysis;

namespace Mesh.Operator.Identity;

/// <summary>What a token's verification says: whose it is, or why it is refused.</summary>
internal readonly record struct TokenVerdict(TokenOwner? Owner, CertifyRefusal? Refusal)
{
    public static implicit operator TokenVerdict(TokenOwner owner) => new(owner, null);

    public static TokenVerdict Refuse(RefusalReason reason, string detail) => new(null, new(reason, detail));

    public bool IsRefused([NotNullWhen(true)] out CertifyRefusal? refusal, [NotNullWhen(false)] out TokenOwner? owner)
    {
        (refusal, owner) = (Refusal, Owner);
        return refusal is not null;
    }
}
