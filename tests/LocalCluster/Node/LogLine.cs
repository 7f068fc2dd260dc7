namespace Mesh.LocalCluster.Node;

internal readonly record struct LogLine(DateTimeOffset Time, string Text);
