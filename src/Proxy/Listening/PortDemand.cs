namespace Mesh.Proxy.Listening;

/// <summary>What a connection has to prove before anything of it is served.</summary>
internal enum PortDemand
{
    /// <summary>Nothing, and mutual TLS is not taken: it would be the application's.</summary>
    None,

    /// <summary>Who proves an identity is known by it; who doesn't is let in.</summary>
    Optional,

    /// <summary>Who proves no identity is refused.</summary>
    Required,

    /// <summary>Nobody is let in: this proxy can't tell yet who may be.</summary>
    Closed,
}
