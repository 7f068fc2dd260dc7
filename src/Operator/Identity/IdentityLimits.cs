namespace Mesh.Operator.Identity;

/// <summary>How much of the operator, and of the API server behind it, those who ask for certificates may take.</summary>
internal sealed record IdentityLimits
{
    /// <summary>Refusals that one address may collect before it is refused unread, where verification asks somebody else.</summary>
    public int RefusalsOfASource { get; init; } = 20;

    /// <summary>Of those, how many are forgiven in a second.</summary>
    public double ForgivenASecond { get; init; } = 1;

    /// <summary>Tokens of one address that are verified at a time.</summary>
    public int VerificationsOfASource { get; init; } = 4;

    /// <summary>Tokens that are verified at a time. The API server's own limits are beyond that.</summary>
    public int Verifications { get; init; } = 32;

    /// <summary>Tokens that wait for their verification: as many as are verified in two seconds or so.</summary>
    public int WaitingVerifications { get; init; } = 1024;

    /// <summary>Certificates that one pod may ask for in a row: a container that restarts asks each time.</summary>
    public int CertificatesOfAnIdentity { get; init; } = 10;

    /// <summary>How long until it may ask for one more.</summary>
    public TimeSpan CertificateInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Keys of each limit that are remembered.</summary>
    public int Remembered { get; init; } = 20_000;

    /// <summary>From a request's first byte to its answer; a slow one is cut off.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections to the discovery port that one address may open in a row: each costs a handshake.</summary>
    public int ConnectionsOfASource { get; init; } = 100;

    /// <summary>How many more it may open in a second.</summary>
    public double ConnectionsASecond { get; init; } = 10;

    /// <summary>From a connection's start to the end of its handshake.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
