using Mesh.Rig.Traffic;

namespace Shop.Demo.Screen;

/// <summary>What the client of one shop sees, and how often its sidecar sent a request again; null where there is none.</summary>
internal sealed record ShopFigures(Tally Recent, Tally Total, double? RetriesPerSecond, long? Retries);
