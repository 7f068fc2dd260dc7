namespace Mesh.KubeApi.Cel;

/// <summary>An expression that can't be read, or that fails on the values that it is given.</summary>
internal sealed class CelException(string message) : Exception(message);
