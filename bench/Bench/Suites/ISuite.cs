using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>One table: some peers, and what is measured of each in every round.</summary>
internal interface ISuite
{
    string Name { get; }

    /// <summary>What the figures are of, in a sentence.</summary>
    string Description { get; }

    IReadOnlyList<string> Columns { get; }

    /// <summary>How many times each peer is measured, of the rounds asked for.</summary>
    int Rounds(BenchOptions options);

    /// <summary>Starts what stands between load and backend, the baseline first.</summary>
    Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, CancellationToken stop);

    Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop);
}
