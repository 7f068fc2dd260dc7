namespace Mesh.Operator.Injection;

/// <summary>What a namespace says of the pods in it.</summary>
internal interface INamespaceReader
{
    /// <returns>Null where there is no such namespace, or it has no annotations.</returns>
    ValueTask<IDictionary<string, string>?> AnnotationsAsync(string name, CancellationToken cancellationToken);
}
