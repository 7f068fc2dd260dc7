using System.Net;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Load;

/// <summary>A kind of work that is sent through peers to a backend, and over again as soon as it is done: a closed loop.</summary>
internal interface ITraffic : IAsyncDisposable
{
    /// <summary>As a table's name: what is spoken, and how much.</summary>
    string Name { get; }

    /// <summary>How much of it is under way at a time, in a sentence.</summary>
    string Description { get; }

    /// <summary>What is counted: <c>request</c>.</summary>
    string Unit { get; }

    Wire Wire { get; }

    /// <summary>Starts who answers, beside the load.</summary>
    Task<IPEndPoint> StartBackendAsync(Stage stage, CancellationToken stop);

    /// <returns>How many units were done.</returns>
    Task<double> RunAsync(IPEndPoint address, TimeSpan length, CancellationToken stop);
}
