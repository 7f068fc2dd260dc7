namespace Mesh.Proxy.Listening;

/// <summary>Why a port resets a connection without having read a byte of it.</summary>
internal enum ConnectionRefusal
{
    /// <summary>As many are open as the port may have.</summary>
    TooMany,

    /// <summary>It would come back to this proxy.</summary>
    Loop,

    /// <summary>It was made to a port that takes redirected connections only.</summary>
    NotRedirected,

    /// <summary>It was redirected on its way to another host.</summary>
    NotOfThisHost,
}
