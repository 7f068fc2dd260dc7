using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>What became of a request: either a response or a refusal, and who asked as far as that has been proved.</summary>
internal sealed record CertifyResult(CertifyResponse? Response, CertifyRefusal? Refusal, TokenOwner? Owner)
{
    public static CertifyResult Refuse(RefusalReason reason, string detail, TokenOwner? owner = null) => new(null, new(reason, detail), owner);
}
