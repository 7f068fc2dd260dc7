namespace Mesh.KubeApi.Patching;

/// <summary>A patch that doesn't fit what it's applied to.</summary>
internal sealed class JsonPatchException(string message) : Exception(message);
