namespace Mesh.Rig;

/// <summary>A run on real processes can't go on; the message tells its user why.</summary>
internal sealed class RigFailedException(string message) : Exception(message);
