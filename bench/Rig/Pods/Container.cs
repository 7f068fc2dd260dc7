using Mesh.Rig.Processes;

namespace Mesh.Rig.Pods;

/// <summary>A program that runs in a pod, and where it says that it is ready.</summary>
internal sealed record Container(Command Command, Uri Ready);
