namespace Mesh.Operator.Identity;

/// <summary>Where a trust anchor is in its life. In each of these it is trusted; what comes after is to be dropped.</summary>
internal enum AnchorPhase
{
    /// <summary>Proxies are told of it. Nothing is issued from it yet: one that hasn't heard of it would refuse that.</summary>
    Introduced,

    /// <summary>The issuer is of it.</summary>
    Issuing,

    /// <summary>Certificates that were issued from it may be in use still.</summary>
    Retired,
}
