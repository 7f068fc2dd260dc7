namespace Mesh.Bench.Measuring;

/// <summary>One round of one peer: figures by name, in the suite's order of columns.</summary>
internal sealed record Sample(string Peer, IReadOnlyList<double> Figures);
