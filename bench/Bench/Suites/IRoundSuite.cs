using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>Some peers that are measured in rounds, one after the other in each, so that a machine whose speed drifts treats all alike.</summary>
internal interface IRoundSuite : ISuite
{
    /// <summary>How many times each peer is measured, of the rounds asked for.</summary>
    int Rounds(BenchOptions options) => options.Rounds;

    /// <summary>Starts what stands between load and backend; what others are compared with comes before them.</summary>
    Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, BenchOptions options, CancellationToken stop);

    Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop);

    async Task<IReadOnlyList<Sample>> ISuite.RunAsync(Stage stage, BenchOptions options, Action<string> progress, CancellationToken stop)
    {
        progress($"{Name}: starting");
        var peers = await StartAsync(stage, options, stop);
        var samples = new List<Sample>();
        for (var round = 1; round <= Rounds(options); round++)
        {
            foreach (var peer in peers)
            {
                progress($"{Name}: round {round} of {Rounds(options)}, {peer.Name}");
                samples.Add(new(peer.Name, await MeasureAsync(peer, options, stop)));
            }
        }
        return samples;
    }
}
