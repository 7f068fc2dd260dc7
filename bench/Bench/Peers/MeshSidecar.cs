using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>A proxy of ours that runs.</summary>
/// <param name="Process">It.</param>
/// <param name="Metrics">Where it tells of itself.</param>
internal sealed record MeshSidecar(ChildProcess Process, Uri Metrics);
