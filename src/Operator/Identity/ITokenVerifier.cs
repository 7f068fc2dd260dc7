namespace Mesh.Operator.Identity;

/// <summary>Tells whose a token is.</summary>
internal interface ITokenVerifier
{
    /// <summary>Whether somebody else is asked, whom a flood of bad tokens must not reach.</summary>
    bool AsksElsewhere { get; }

    /// <summary>What can be told without asking anybody, in a few microseconds; believes nothing that the token says for itself.</summary>
    /// <returns>Null where the token may be good.</returns>
    CertifyRefusal? Glance(string token);

    /// <summary>Verifies the token, and that whom it was made for is still there.</summary>
    Task<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken);
}
