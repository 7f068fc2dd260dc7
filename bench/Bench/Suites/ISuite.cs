using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>One table.</summary>
internal interface ISuite
{
    string Name { get; }

    /// <summary>What the figures are of, in a sentence.</summary>
    string Description { get; }

    IReadOnlyList<string> Columns { get; }

    /// <summary>Whether it is part of a quick run that names no suites.</summary>
    bool IsQuick => false;

    /// <param name="stage">Where what is measured runs; of this suite alone.</param>
    /// <param name="options">How long, and how often.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="stop">Ends it early.</param>
    Task<IReadOnlyList<Sample>> RunAsync(Stage stage, BenchOptions options, Action<string> progress, CancellationToken stop);
}
