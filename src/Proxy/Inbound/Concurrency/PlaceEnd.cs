namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>How a request's time among those in flight ended.</summary>
internal enum PlaceEnd
{
    /// <summary>The application answered.</summary>
    Answered,

    /// <summary>It answered with an error of its own, or broke off.</summary>
    Failed,

    /// <summary>Nobody waited for the answer any more.</summary>
    Abandoned,
}
