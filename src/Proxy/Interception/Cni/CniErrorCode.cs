namespace Mesh.Proxy.Interception.Cni;

/// <summary>Codes up to 99 are the specification's; from 100 on they are the plugin's own.</summary>
internal enum CniErrorCode
{
    /// <summary>The configuration is of a version that the plugin does not speak.</summary>
    IncompatibleVersion = 1,

    /// <summary>A CNI_ variable is missing or makes no sense.</summary>
    InvalidEnvironment = 4,

    /// <summary>Something could not be read.</summary>
    Io = 5,

    /// <summary>The configuration is no JSON.</summary>
    Undecodable = 6,

    /// <summary>The configuration lacks something, or has it wrong.</summary>
    InvalidConfiguration = 7,

    /// <summary>The API server could not be asked: the runtime tries again.</summary>
    TryAgainLater = 11,

    /// <summary>STATUS: no pod can be served.</summary>
    NotAvailable = 50,

    /// <summary>The pod's connections could not be redirected.</summary>
    NotRedirected = 100,

    /// <summary>The pod's annotations can't be read.</summary>
    InvalidPod = 101,
}
