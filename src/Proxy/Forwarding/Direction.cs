namespace Mesh.Proxy.Forwarding;

/// <summary>Which way a request goes, seen from the application beside this proxy.</summary>
internal enum Direction
{
    /// <summary>From the application to a destination.</summary>
    Outbound,

    /// <summary>From elsewhere to the application.</summary>
    Inbound,
}
