namespace Mesh.Proxy.Interception;

/// <summary>The rules could not be put in place, removed or read. The message says why and what to do, for people.</summary>
internal sealed class InterceptionException(string message) : Exception(message);
