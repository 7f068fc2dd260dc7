using System.Net;

namespace Mesh.Bench.Peers;

/// <summary>Something that stands between load and backend, and runs while it is measured.</summary>
internal interface IPeer : IAsyncDisposable
{
    string Name { get; }

    /// <summary>The name of the peer that does the same, and that its cost is compared with; null where others are compared with it.</summary>
    string? Beside { get; }

    /// <summary>Where load is sent to.</summary>
    IPEndPoint Address { get; }

    /// <summary>The processes whose cost counts; none where load goes straight to the backend.</summary>
    IReadOnlyList<int> ProcessIds { get; }
}
