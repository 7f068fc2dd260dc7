namespace Mesh.Operator.Compilation;

/// <summary>Who asks what an authority stands for, as far as the answer depends on it. Clients that are equal share it.</summary>
/// <param name="Namespace">Where short names resolve, and whose policies hold.</param>
/// <param name="Node">Empty where it is not known.</param>
/// <param name="Pod">Only for the authority of the proxy's own side: the pod that the proxy is in.</param>
internal readonly record struct Client(string Namespace, string Node = "", string? Pod = null);
